using Roost.Services.Users;

namespace Roost.Web.Pages;

/// <summary><c>GET /about</c>.</summary>
internal static class ShowAbout
{
    public static void Map(PageRoutes routes) => routes.Get("/about", async call =>
    {
        var accounts = await call.Services.Users.Count(new CountAccounts(), call.Rpc);
        await call.ShowAsync<AboutPage>(new AboutModel(call.Frame("About"), accounts));
    });
}
