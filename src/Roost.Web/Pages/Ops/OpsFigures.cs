using Roost.Rpc;
using Roost.Services.Posts;
using Roost.Services.Users;

namespace Roost.Web.Pages.Ops;

/// <summary>How much there is, and how fast posts come to their readers.</summary>
internal static class OpsFigures
{
    private static readonly TimeSpan _patience = TimeSpan.FromMilliseconds(500);

    public static async ValueTask<IReadOnlyList<(string Name, string Value)>> OfAsync(PageCall call)
    {
        var language = call.Language;
        var end = await call.Services.Posts.Locate(LocatePost.End, call.Rpc);
        List<(string, string)> figures =
        [
            (call.T("Accounts"), language.Number(await call.Services.Users.Count(new CountAccounts(), call.Rpc))),
            (call.T("Records in the log"), language.Number(end - 1)),
        ];
        figures.AddRange(await FanOutAsync(call));
        return figures;
    }

    /// <summary>How posts come to their readers; that it is behind, if it is.</summary>
    private static async ValueTask<IReadOnlyList<(string, string)>> FanOutAsync(PageCall call)
    {
        var language = call.Language;
        try
        {
            var soon = new Call(Deadline.After(_patience, call.Site.Time), call.Http.RequestAborted);
            var fanOut = await call.Services.Timelines.FanOut(new Services.Timelines.AwaitFanOut(), soon);
            return
            [
                (call.T("Inboxes"), language.Number(fanOut.Inboxes)),
                (call.T("Deliveries since the start"), language.Number(fanOut.Deliveries)),
                (call.T("From a post to its last inbox, half of them"), Milliseconds(fanOut.TimeToInboxP50)),
                (call.T("From a post to its last inbox, 99 of 100"), Milliseconds(fanOut.TimeToInboxP99)),
            ];
        }
        catch (ServiceException late) when (late.Code == ErrorCode.DeadlineExceeded)
        {
            return [(call.T("Deliveries"), call.T("behind: posts are still on their way to inboxes"))];
        }

        string Milliseconds(TimeSpan time) => language.Number(time.TotalMilliseconds, 1) + "\u00A0ms";
    }
}
