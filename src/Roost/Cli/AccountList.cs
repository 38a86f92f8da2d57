using System.Globalization;
using System.Text.Json;
using Roost.Engine.Ids;
using Roost.Rpc;
using Roost.Services.Graph;
using Roost.Services.Users;

namespace Roost.Cli;

/// <summary>Writes the accounts: columns for people, or a JSON object a line, whose fields are never
/// renamed.</summary>
internal static class AccountList
{
    private const int BatchSize = 1_000;

    public static async Task WriteAsync(CommandSession session, bool json, CancellationToken ct)
    {
        var (data, output) = (session.Data, session.Output);
        var call = Call.Until(ct);
        var count = await data.Users.Count(new CountAccounts(), call);
        if (!json)
            await output.WriteLineAsync(
                $"{"NAME",-32}{"ID",10}{"FOLLOWERS",12}{"FOLLOWING",12}  {"SINCE",-12}STANDING");
        for (var first = 1; first <= count; first += BatchSize)
        {
            // Ids are dense.
            AccountId[] ids = [.. Enumerable.Range(first, (int)Math.Min(BatchSize, count - first + 1))
                .Select(id => new AccountId(id))];
            var accounts = await data.Moderation.Look(new LookAtAccounts(ids), call);
            var follows = await data.Graph.Counts(new CountFollows(ids), call);
            for (var i = 0; i < ids.Length; i++)
            {
                if (accounts[i]?.Account is { } account)
                    await output.WriteLineAsync(json ? AsJson(account, follows[i]) : AsText(account, follows[i]));
            }
        }
    }

    private static string AsText(Account account, FollowCounts follows) => string.Create(
        CultureInfo.InvariantCulture,
        $"{account.Username,-32}{account.Id,10}{follows.Followers,12}{follows.Following,12}  "
            + $"{account.CreatedAt:yyyy-MM-dd}  {AccountChanges.Words(account)}");

    private static string AsJson(Account account, FollowCounts follows)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("username", account.Username);
            json.WriteNumber("id", account.Id.Value);
            json.WriteNumber("followers", follows.Followers);
            json.WriteNumber("following", follows.Following);
            json.WriteString("created_at", account.CreatedAt);
            json.WriteString("standing", account.Standing.ToString().ToLowerInvariant());
            json.WriteBoolean("disabled", account.IsDisabled);
            json.WriteBoolean("silenced", account.IsSilenced);
            json.WriteString("role", account.Role.ToString().ToLowerInvariant());
            json.WriteEndObject();
        }
        return System.Text.Encoding.UTF8.GetString(buffer.ToArray());
    }
}
