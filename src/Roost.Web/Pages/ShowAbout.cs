using Roost.Rpc;
using Roost.Services.Users;

namespace Roost.Web.Pages;

/// <summary><c>GET /about</c>, where the rules are, too, <c>/privacy-policy</c> and <c>/terms-of-service</c>.</summary>
internal static class ShowAbout
{
    public static void Map(PageRoutes routes)
    {
        routes.Get("/about", async call =>
        {
            var accounts = await call.Services.Users.Count(new CountAccounts(), call.Rpc);
            await call.ShowAsync<AboutPage>(new AboutModel(call.Frame(call.T("About")) with
            {
                Preview = new Preview(
                    "website", call.Options.Title, call.Language.Text(call.Options.Description), "/about"),
            }, accounts));
        });
        routes.Get("/rules", call =>
        {
            call.GoTo("/about#rules");
            return Task.CompletedTask;
        });
        routes.Get("/privacy-policy", call =>
            TextAsync(call, call.T("Privacy policy"), call.Options.Community.PrivacyPolicy));
        routes.Get("/terms-of-service", call =>
        {
            var today = DateOnly.FromDateTime(call.Site.Time.GetUtcNow().UtcDateTime);
            var terms = call.Options.Community.TermsOfService.Where(one => one.EffectiveDate <= today)
                .MaxBy(one => one.EffectiveDate);
            return TextAsync(call, call.T("Terms of service"), terms?.Text ?? "");
        });
    }

    private static Task TextAsync(PageCall call, string title, string text) => text.Length == 0
        ? throw new ServiceException(ErrorCode.NotFound, "This server has nothing to say there.")
        : call.ShowAsync<TextPage>(new MessageModel(call.Frame(title), text));
}
