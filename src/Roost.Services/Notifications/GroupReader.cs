using Roost.Engine.Ids;
using Roost.Rpc;
using Roost.Services.Graph;

namespace Roost.Services.Notifications;

/// <summary>
/// Puts notifications together: a page is read in its order until one more group than wanted begins, so that a group is
/// on it once, where its newest notification of the page is. Thread-safe.
/// </summary>
internal sealed class GroupReader(NoticeReader notices, GraphApi graph)
{
    private const int SendersShown = 8;
    private const int SendersMax = 400;

    public async ValueTask<GroupPage> ListAsync(ListGroups request, Call call)
    {
        NoticeReader.Require(request.Range, NoticeReader.LimitMax);
        var groups = new List<(GroupKey Key, Notice Newest, Notice Oldest)>();
        var places = new Dictionary<GroupKey, int>();
        var (newest, oldest, isWhole) = (0L, 0L, true);
        await foreach (var notice in notices.WalkAsync(request.Account, request.Range, request.Choice, call))
        {
            var key = KeyOf(notice, request.Grouped);
            if (!places.TryGetValue(key, out var place))
            {
                if (groups.Count == request.Range.Limit)
                {
                    isWhole = false;
                    break;
                }
                places.Add(key, groups.Count);
                groups.Add((key, notice, notice));
            }
            else if (request.Range.Ascending)
            {
                groups[place] = groups[place] with { Newest = notice };
            }
            else
            {
                groups[place] = groups[place] with { Oldest = notice };
            }
            newest = Math.Max(newest, notice.Id);
            oldest = oldest == 0 ? notice.Id : Math.Min(oldest, notice.Id);
        }
        var shown = new List<NoticeGroup>(groups.Count);
        foreach (var (key, first, last) in groups.OrderByDescending(group => group.Newest.Id))
            shown.Add(await WholeAsync(key, first, last, call));
        return new GroupPage(shown, newest, oldest, request.Range.Ascending ? shown.Count > 0 : !isWhole);
    }

    public async ValueTask<NoticeGroup?> GetAsync(GetGroup request, Call call)
    {
        if (request.Key.Id != 0)
        {
            var alone = await notices.GetAsync(new GetNotice(request.Account, request.Key.Id), call);
            return alone is null ? null : await WholeAsync(request.Key, alone, alone, call);
        }
        var (newest, count) = notices.ReadGroup(request.Account, request.Key, SendersMax);
        return count == 0 ? null : await WholeAsync(request.Key, newest[0], newest[^1], call);
    }

    public async ValueTask<AccountId[]> SendersAsync(ListGroupSenders request, Call call)
    {
        if (request.Key.Id != 0)
        {
            var one = new GetNotice(request.Account, request.Key.Id);
            return await notices.GetAsync(one, call) is { } alone ? [alone.Sender] : [];
        }
        var (newest, _) = notices.ReadGroup(request.Account, request.Key, SendersMax);
        return await ShownAsync(request.Account, newest, call);
    }

    /// <summary>How many groups there are among notifications.</summary>
    public async ValueTask<int> CountAsync(
        AccountId account, long after, CountUnread request, Call call)
    {
        var keys = new HashSet<GroupKey>();
        var range = new NoticeRange(After: after, Limit: request.Limit);
        await foreach (var notice in notices.WalkAsync(account, range, request.Choice, call))
        {
            keys.Add(KeyOf(notice, request.Grouped));
            if (keys.Count == request.Limit)
                break;
        }
        return keys.Count;
    }

    private async ValueTask<NoticeGroup> WholeAsync(GroupKey key, Notice newest, Notice oldest, Call call)
    {
        if (key.Id != 0)
            return new NoticeGroup(key, newest, 1, newest.Id, newest.Id, newest.At, [newest.Sender]);
        var (all, count) = notices.ReadGroup(newest.Account, key, SendersShown);
        // Gone since the page was read: then as it was.
        var first = all.Count == 0 ? newest : all[0];
        var senders = await ShownAsync(newest.Account, all.Count == 0 ? [newest] : all, call);
        return new NoticeGroup(
            key, first, Math.Max(count, 1), newest.Id, oldest.Id, newest.At, senders);
    }

    private async ValueTask<AccountId[]> ShownAsync(AccountId account, List<Notice> all, Call call)
    {
        AccountId[] senders = [.. all.Select(notice => notice.Sender).Distinct()];
        var ties = await graph.Relationships(new GetRelationships(account, senders), call);
        return [.. senders.Where((_, i) => !NoticePolicies.IsUnwanted(ties[i]))];
    }

    private static GroupKey KeyOf(Notice notice, NoticeKinds grouped) =>
        grouped.Has(notice.Kind) ? notice.Group : new GroupKey(notice.Kind, 0, 0, notice.Id);
}
