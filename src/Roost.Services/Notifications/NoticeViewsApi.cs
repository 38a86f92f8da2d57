using Roost.Engine.Ids;
using Roost.Rpc;
using Roost.Services.Filters;
using Roost.Services.Posts;
using Roost.Services.Timelines;
using Roost.Services.Users;

namespace Roost.Services.Notifications;

/// <summary>A notification with all that is needed to show it.</summary>
/// <param name="Entry">The post that it is about, or null for none.</param>
public sealed record NoticeView(Notice Notice, AccountView Sender, TimelineEntry? Entry)
{
    /// <summary>Whom its report is about.</summary>
    public AccountView? Reported { get; init; }
}

/// <summary>How notifications are made ready to be shown, on a page, by a stream or in a push message.</summary>
public static class NoticeViews
{
    /// <summary>What is about a post that the viewer may not see any more or whose filters hide it, or by an account
    /// that is gone, is left out.</summary>
    public static async Task<List<NoticeView>> HydrateAsync(
        TimelinesApi timelines, AccountId viewer, IReadOnlyList<Notice> notices, Call call)
    {
        var senders = await timelines.Accounts(
            new HydrateAccounts([.. notices.Select(notice => notice.Sender)]), call);
        var reported = await ReportedAsync(timelines, notices, call);
        PostRef[] refs = [.. notices.Where(notice => notice.PostSeq != 0).Select(notice => RefOf(notice.PostSeq))];
        var entries = await PostsAsync(timelines, viewer, refs, call);
        var views = new List<NoticeView>(notices.Count);
        var next = 0;
        for (var i = 0; i < notices.Count; i++)
        {
            var entry = notices[i].PostSeq == 0 ? null : entries[next++];
            if ((senders[i] ?? NewcomerOf(notices[i])) is not { } sender || (entry is null && notices[i].PostSeq != 0))
                continue;
            var target = notices[i].Report is { } report ? reported.GetValueOrDefault(report.Target) : null;
            if (IsWhole(notices[i], target))
                views.Add(new NoticeView(notices[i], sender, entry) { Reported = target });
        }
        return views;
    }

    /// <summary>Whom reports are about, by their ids.</summary>
    public static async ValueTask<Dictionary<AccountId, AccountView>> ReportedAsync(
        TimelinesApi timelines, IReadOnlyList<Notice> notices, Call call)
    {
        AccountId[] targets = [.. notices.Select(notice => notice.Report?.Target).OfType<AccountId>().Distinct()];
        var views = targets.Length == 0 ? [] : await timelines.Accounts(new HydrateAccounts(targets), call);
        return views.OfType<AccountView>().ToDictionary(view => view.Account.Id);
    }

    /// <summary>Who waits to be let in: has posted nothing and follows nobody.</summary>
    public static AccountView? NewcomerOf(Notice notice) => notice.Newcomer is { Standing: Standing.Pending } account
        ? new AccountView(account, default, default)
        : null;

    /// <summary>Posts that notifications are about: null where the viewer may not see one, or filters hide
    /// it.</summary>
    public static async ValueTask<TimelineEntry?[]> PostsAsync(
        TimelinesApi timelines, AccountId viewer, IReadOnlyList<PostRef> refs, Call call)
    {
        if (refs.Count == 0)
            return [];
        var entries = await timelines.Hydrate(
            new HydratePosts(viewer, refs, ByName: true) { Context = FilterContexts.Notifications }, call);
        return Array.ConvertAll(entries, entry => entry is null || IsHidden(entry) ? null : entry);
    }

    /// <summary>A post by its place in the feed, as it can be asked for.</summary>
    public static PostRef RefOf(uint seq) => new(default, seq, default, default, default);

    private static bool IsWhole(Notice notice, AccountView? reported) => notice.Kind switch
    {
        NoticeKind.Report => reported is not null,
        NoticeKind.Warning => notice.Warning is not null,
        _ => true,
    };

    private static bool IsHidden(TimelineEntry entry) =>
        entry.Filtered?.Any(match => match.Filter.Action == FilterAction.Hide) is true;
}
