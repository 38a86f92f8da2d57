using Roost.Services.Graph;
using Roost.Services.Users;
using Roost.Web.Http;

namespace Roost.Web.Accounts;

/// <summary>
/// <c>PATCH /api/v1/accounts/update_credentials</c>: the account's name, its words about itself, and whether it is
/// locked or a bot. What an account cannot have here is refused, unless it is sent as it is anyway. Who unlocks
/// accepts all that have asked to follow.
/// </summary>
internal static class UpdateCredentials
{
    /// <summary>What clients send along, with the values that every account has.</summary>
    private static readonly (string Name, string[] Same)[] _unchangeable =
    [
        ("discoverable", ["false", "0"]), ("indexable", ["false", "0"]), ("hide_collections", ["false", "0"]),
        ("source[privacy]", ["public"]), ("source[sensitive]", ["false", "0"]), ("source[language]", []),
        ("source[quote_policy]", ["nobody"]), ("avatar", []), ("header", []),
    ];

    public static void Map(ApiRoutes routes) => routes.Patch(
        "/api/v1/accounts/update_credentials", Access.User("write:accounts"), RunAsync);

    private static async Task RunAsync(ApiCall call)
    {
        var parameters = await call.ReadParametersAsync();
        RefuseUnchangeable(call, parameters);
        var request = new ChangeAccount(
            call.Viewer, parameters.Text("display_name")?.Trim(), parameters.Text("note")?.Trim(),
            parameters.Flag("locked"), parameters.Flag("bot"));
        if (await call.Services.Users.Change(request, call.Rpc) is null) throw Faults.NotFound();
        if (request.Locked is false)
            await call.Services.Relations.AcceptAll(new AcceptRequests(call.Viewer), call.Rpc);
        await VerifyCredentials.ReplyAsync(call);
    }

    private static void RefuseUnchangeable(ApiCall call, Parameters parameters)
    {
        foreach (var (name, same) in _unchangeable)
        {
            if (parameters.Text(name) is { Length: > 0 } value && !same.Contains(value.ToLowerInvariant()))
                throw Refusal(name);
        }
        var request = call.Http.Request;
        if (request.HasFormContentType && request.Form.Files is [var file, ..]) throw Refusal(file.Name);
        var field = parameters.All.FirstOrDefault(pair =>
            pair.Key.StartsWith("fields_attributes", StringComparison.Ordinal)
                && pair.Value.Any(value => !string.IsNullOrEmpty(value)));
        if (field.Key is not null) throw Refusal("fields_attributes");
    }

    private static Rpc.ServiceException Refusal(string name) => Faults.Invalid(
        $"Validation failed: {Parameters.Shortened(name)} cannot be set on this server; leave it out");
}
