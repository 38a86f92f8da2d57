using System.Globalization;
using Roost.Services.Graph;
using Roost.Web.Http;

namespace Roost.Web.Lists;

/// <summary>The client API's List entity.</summary>
internal sealed record ListReply(string Id, string Title, string RepliesPolicy, bool Exclusive)
{
    public static ListReply Of(AccountList list) => new(
        list.Id.ToString(CultureInfo.InvariantCulture), list.Title, NameOf(list.Replies), list.IsExclusive);

    /// <exception cref="Roost.Rpc.ServiceException"><see cref="Roost.Rpc.ErrorCode.Invalid"/>: no such
    /// policy.</exception>
    public static ListReplies? RepliesOf(Parameters parameters) => parameters.Text("replies_policy") switch
    {
        null or "" => null,
        "list" => ListReplies.ToMembers,
        "followed" => ListReplies.ToFollowed,
        "none" => ListReplies.None,
        var other => throw Faults.Invalid(
            $"Validation failed: replies_policy is '{Parameters.Shortened(other)}'; use followed, list or none"),
    };

    /// <exception cref="Roost.Rpc.ServiceException"><see cref="Roost.Rpc.ErrorCode.NotFound"/>: what stands in the path
    /// is no list's id.</exception>
    public static long IdInPath(ApiCall call) =>
        long.TryParse(
            (string?)call.Http.Request.RouteValues["id"], NumberStyles.None, CultureInfo.InvariantCulture, out var id)
            ? id
            : throw Faults.NotFound();

    private static string NameOf(ListReplies replies) => replies switch
    {
        ListReplies.ToMembers => "list",
        ListReplies.ToFollowed => "followed",
        _ => "none",
    };
}
