using Microsoft.Extensions.Logging;
using Roost.Engine.Graph;
using Roost.Engine.Ids;
using Roost.Engine.Inboxes;
using Roost.Rpc;
using Roost.Services.Posts;

namespace Roost.Services.Timelines.Redis;

/// <remarks>What fan-out does, and what keeps an eye on the servers.</remarks>
internal sealed partial class RedisInboxes
{
    /// <summary>Of <see cref="_looking"/>'s rounds, for one that counts keys.</summary>
    private const int CountEvery = 8;

    private void AddGiant(AccountId author)
    {
        Volatile.Write(ref _giants, new GiantSet(Giant.With(author)));
        _newGiants.Add(author);
    }

    private async ValueTask<long> DeliverAsync(ReadOnlyMemory<Delivery> batch, uint upTo, CancellationToken ct)
    {
        _plan.Clear();
        // After the audiences were asked for: what they have seen of changes is told here.
        foreach (var account in _changed.Take())
            _plan.Drop(account);
        _plan.Add(batch.Span, _writer.Absent);
        var id = (await _posts.IdAt(new GetIdAt(upTo), Call.Until(ct))).Value;
        var giants = Giant.Count;
        var made = await _writer.DeliverAsync(
            _plan,
            mark => upTo > mark.UpTo
                ? mark with { UpTo = upTo, Id = id, Giants = giants }
                : mark with { Giants = giants },
            _newGiants, ct);
        _newGiants.Clear();
        Volatile.Write(ref _processed, upTo);
        NoteLost();
        return made;
    }

    /// <summary>What the groups' servers have, as soon as all of them answer, or when it was waited for long enough.
    /// </summary>
    private async ValueTask<Dictionary<int, (InboxMark? Mark, IReadOnlyList<AccountId> Giants, RedisLine Line)>>
        FindAsync(CancellationToken ct)
    {
        var began = _time.GetTimestamp();
        var found = new Dictionary<int, (InboxMark?, IReadOnlyList<AccountId>, RedisLine)>();
        while (true)
        {
            try
            {
                for (var group = 0; group < InboxKeys.Groups; group++)
                {
                    if (!found.ContainsKey(group))
                        found[group] = await _writer.FindAsync(group, ct);
                }
                return found;
            }
            catch (ServiceException away) when (_time.GetElapsedTime(began) >= _options.WriteWaitMax)
            {
                LogAway(InboxKeys.Groups - found.Count, InboxKeys.Groups, away.Detail);
                return found;
            }
            catch (ServiceException)
            {
                await Task.Delay(_openPause, _time, ct);
            }
        }
    }

    private async ValueTask TakeUpAsync(
        Dictionary<int, (InboxMark? Mark, IReadOnlyList<AccountId> Giants, RedisLine Line)> found,
        CancellationToken ct)
    {
        var good = new List<int>();
        foreach (var (group, (mark, giants, _)) in found)
        {
            if (mark is { IsParted: false } known && known.Giants <= giants.Count && await IsOfThisLogAsync(known, ct))
                good.Add(group);
        }
        Volatile.Write(ref _giants, new GiantSet(SortedIds.FromUnsorted(
            [.. good.SelectMany(group => found[group].Giants).Select(giant => giant.Value)])));
        var after = good.Count == 0 ? _last : good.Min(group => found[group].Mark!.Value.UpTo);
        Volatile.Write(ref _processed, after);
        foreach (var (group, (mark, giants, line)) in found)
        {
            try
            {
                if (good.Contains(group))
                    await _writer.AdoptAsync(group, mark!.Value, line, [.. AllGiants().Except(giants)]);
                else
                    await RenewAsync(group, ct);
            }
            catch (ServiceException)
            {
                // It is looked at again like one that was lost.
            }
        }
        NoteLost();
        LogOpen(good.Count, InboxKeys.Groups, _last - after);
    }

    private async ValueTask<bool> IsOfThisLogAsync(InboxMark mark, CancellationToken ct) =>
        mark.UpTo <= _last && _last - mark.UpTo <= _options.BehindMax
        && (await _posts.IdAt(new GetIdAt(mark.UpTo), Call.Until(ct))).Value == mark.Id;

    private List<AccountId> AllGiants() => [.. Giant.ToArray().Select(giant => new AccountId(giant))];

    private async ValueTask RenewAsync(int group, CancellationToken ct) => await _writer.RenewAsync(
        group, Processed, (await _posts.IdAt(new GetIdAt(Processed), Call.Until(ct))).Value, AllGiants(), ct);

    /// <summary>Begins groups anew that were lost, as soon as their servers answer.</summary>
    private async Task LookAsync(CancellationToken ct)
    {
        for (var round = 0; ; round++)
        {
            await Task.Delay(_lookEvery, _time, ct);
            if (Volatile.Read(ref _lost) > 0)
                await RenewLostAsync(ct);
            if (round % CountEvery == 0)
                await CountAsync();
        }
    }

    private async ValueTask RenewLostAsync(CancellationToken ct)
    {
        await RefreshAsync(ct);
        for (var group = 0; group < InboxKeys.Groups; group++)
        {
            if (_writer.Group(group).IsUp)
                continue;
            try
            {
                // Before anybody waits for us: a server may take long to say nothing.
                await _writer.FindAsync(group, ct);
                using (await WriteAsync(ct))
                    await RenewAsync(group, ct);
            }
            catch (ServiceException)
            {
                // Still away; the next round tries again.
            }
        }
        NoteLost();
    }

    private async ValueTask RefreshAsync(CancellationToken ct)
    {
        try
        {
            await _writeLines.RefreshAsync(_options.ReadWaitMax, ct);
        }
        catch (ServiceException)
        {
            // Nobody is there: then there is nothing to begin anew.
        }
    }

    private void NoteLost()
    {
        var lost = Enumerable.Range(0, InboxKeys.Groups).Count(group => !_writer.Group(group).IsUp);
        var before = Interlocked.Exchange(ref _lost, lost);
        if (lost > before)
            LogAway(lost, InboxKeys.Groups, _writer.Trouble);
        else if (lost == 0 && before > 0)
            LogBack();
    }

    /// <summary>Two keys an inbox, and two a group.</summary>
    private async ValueTask CountAsync()
    {
        var keys = 0L;
        try
        {
            foreach (var line in _writeLines.Open())
                keys += (await line.AskAsync(new RespWriter().Command("DBSIZE"), _options.ReadWaitMax)).Number;
        }
        catch (ServiceException)
        {
            // As many as there were.
            return;
        }
        Volatile.Write(ref _count, (int)Math.Max(0, (keys - InboxKeys.Groups) / 2));
    }

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "{Lost} of {Groups} groups of inboxes cannot be had; who belongs there is served by the fallback "
            + "until they can: {Reason}")]
    private partial void LogAway(int lost, int groups, string? reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "All groups of inboxes can be had again.")]
    private partial void LogBack();

    [LoggerMessage(
        Level = LogLevel.Information,
        Message = "Inboxes in Redis: {Found} of {Groups} groups were found as they were left, {Behind} records "
            + "behind.")]
    private partial void LogOpen(int found, int groups, uint behind);
}
