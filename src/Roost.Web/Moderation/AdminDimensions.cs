using Roost.Engine.Text;
using Roost.Services.Posts;
using Roost.Services.Storage;
using Roost.Services.Users;
using Roost.Web.Http;

namespace Roost.Web.Moderation;

internal sealed record AdminDimensionReply(string Key, IReadOnlyList<DimensionValue> Data);

internal sealed record DimensionValue(string Key, string HumanKey, string Value, string? Unit, string? HumanValue);

/// <summary>
/// <c>POST /api/v1/admin/dimensions</c>: what there is the most of. Dimensions of hashtags and of other servers are
/// empty: Roost keeps none of the former by language, and does not speak to the latter.
/// </summary>
internal static class AdminDimensions
{
    private const int LimitUsual = 10;
    private const int LimitMax = 100;

    public static void Map(AdminRoutes routes) =>
        routes.Post("/api/v1/admin/dimensions", "admin:read", Permissions.ViewDashboard, DimensionsAsync);

    private static async Task DimensionsAsync(AdminCall call)
    {
        var parameters = await call.Call.ReadParametersAsync();
        var limit = parameters.Limit(LimitUsual, LimitMax);
        var dimensions = new List<AdminDimensionReply>();
        foreach (var key in parameters.List("keys").OfType<string>())
        {
            var values = await ValuesAsync(call, key, parameters, limit);
            dimensions.Add(new AdminDimensionReply(key, [.. values.Take(limit)]));
        }
        await call.Call.ReplyAsync([.. dimensions], WebJson.Default.AdminDimensionReplyArray);
    }

    private static async ValueTask<IEnumerable<DimensionValue>> ValuesAsync(
        AdminCall call, string key, Parameters parameters, int limit)
    {
        var (services, rpc, options) = (call.Services, call.Call.Rpc, call.Call.Site.Options);
        switch (key)
        {
            case "languages" or "sources":
                var joined = DayRange.Of(parameters);
                var origins = await services.Figures.Origins(
                    new CountOrigins(joined.First, joined.Last, limit), rpc);
                return key == "languages"
                    ? origins.Locales.Select(one => Value(one.Locale, one.Locale, one.Accounts))
                    : origins.Apps.Select(one => Value(one.App ?? "web", one.App ?? "Website", one.Accounts));
            case "servers":
                var posted = DayRange.Of(parameters);
                var days = await services.Posts.Activity(new CountActivity(posted.First, posted.Last), rpc);
                return [Value(options.Domain, options.Domain, days.Sum(day => (long)day.Posts))];
            case "space_usage":
                return (await services.Storage.Space(new MeasureSpace(), rpc)).Select(part => new DimensionValue(
                    part.Part, part.Part, AdminCall.Text(part.Bytes), "bytes", ByteText.Of(part.Bytes)));
            case "software_versions":
                return [new DimensionValue("roost", "Roost", options.Version, null, options.Version)];
            default:
                return [];
        }
    }

    private static DimensionValue Value(string key, string name, long count) =>
        new(key, name, AdminCall.Text(count), null, null);
}
