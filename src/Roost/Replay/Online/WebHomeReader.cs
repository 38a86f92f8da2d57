using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Roost.Engine.Ids;
using Roost.Replay.Verifying;
using Roost.Rpc;
using Roost.Services.Timelines;

namespace Roost.Replay.Online;

/// <summary>
/// Reads home timelines over the client API. Times are left out, since the server gives its own. Older pages are
/// asked for by <c>max_id</c>; that the <c>Link</c> header says the same is checked on every page.
/// </summary>
internal sealed partial class WebHomeReader(ClientApi api, OnlineAccount[] accounts)
{
    private readonly Dictionary<string, string> _usernames = accounts.ToDictionary(a => a.Id, a => a.Username);

    public async ValueTask<HomePage> ReadAsync(int account, PageRange range, CancellationToken ct)
    {
        var path = PathOf(range);
        var (json, next) = await api.GetAsync(path, accounts[account].Token, ct);
        var posts = json.AsArray().Select(status => ToSeen(status!)).ToList();
        if (next is not null && posts.Count > 0
            && !next.ToString().Contains($"max_id={posts[^1].Id}", StringComparison.Ordinal))
            throw new ServiceException(
                ErrorCode.Internal, $"{path}: the link to the next page is {next}, but the last post of this page is "
                    + $"{posts[^1].Id}.");
        return new HomePage(posts, next is not null);
    }

    private static string PathOf(PageRange range)
    {
        var path = new StringBuilder("/api/v1/timelines/home?limit=").Append(range.Limit);
        if (!range.Before.IsNone) path.Append("&max_id=").Append(range.Before);
        if (!range.After.IsNone) path.Append(range.Oldest ? "&min_id=" : "&since_id=").Append(range.After);
        return path.ToString();
    }

    private SeenPost ToSeen(JsonNode status)
    {
        var id = PostId.TryParse(Text(status, "id"), out var parsed)
            ? parsed
            : throw new ServiceException(ErrorCode.Internal,
                $"The server gave a post the id \"{Text(status, "id")}\", which is no post id.");
        var author = Text(status["account"]!, "username");
        if (status["reblog"] is { } boosted)
            return new SeenPost(id, author, ActivityKind.Boost, null, "", Text(boosted["account"]!, "username"),
                PlainText(boosted));
        if (status["in_reply_to_account_id"]?.GetValue<string>() is not { } answered)
            return new SeenPost(id, author, ActivityKind.Post, null, PlainText(status), "", "");
        var target = _usernames.GetValueOrDefault(answered,
            string.Create(CultureInfo.InvariantCulture, $"account {answered}"));
        return new SeenPost(id, author, ActivityKind.Reply, null, PlainText(status), target, "");
    }

    private static string Text(JsonNode node, string field) => node[field]!.GetValue<string>();

    /// <summary>The content without its markup: what is played has neither line breaks nor markup of its own.</summary>
    private static string PlainText(JsonNode status) =>
        WebUtility.HtmlDecode(Tag().Replace(Text(status, "content"), ""));

    [GeneratedRegex("<[^>]*>")]
    private static partial Regex Tag();
}
