using System.Globalization;
using Roost.Engine.Ids;
using Roost.Rpc;
using Roost.Rpc.Tracing;

namespace Roost.Services.Timelines.Redis;

/// <summary>An inbox as it was read, in one transaction with its group's mark.</summary>
/// <param name="Items">Newest first; may hold seqs twice, above the mark too, and a 0 at its end.</param>
internal readonly record struct StoredInbox(InboxMark Mark, InboxHeader Header, RespValue[] Items);

/// <summary>What came of a read.</summary>
/// <param name="IsKnown">Whether somebody answered who has all that belongs together; else there may be one.</param>
/// <param name="Inbox">Null when there is none.</param>
internal readonly record struct InboxReading(bool IsKnown, StoredInbox? Inbox)
{
    public static InboxReading Unknown => default;
}

/// <summary>Reads inboxes. A server that did not answer is left alone for a moment, so that not every page waits for
/// it.</summary>
/// <remarks>While a slot is being moved, an inbox is read at the server where it, its head and the group's mark are:
/// as long as they are not all at one, there is no moment as of which they can be read, and a loss at one server would
/// be seen.</remarks>
internal sealed class RedisReader(RedisLines lines, InboxKeys keys, TimeSpan patience, TimeProvider time)
{
    /// <summary>All entries, and some that are still to be cut off.</summary>
    public const int All = -1;

    private static readonly TimeSpan _pause = TimeSpan.FromMilliseconds(250);

    /// <summary>A server that is cut off says nothing for ever: then another line is worth a try.</summary>
    private static readonly TimeSpan _silenceMax = TimeSpan.FromSeconds(5);

    /// <summary>Of each group, the timestamp before which it is not asked for again.</summary>
    private readonly long[] _askAgainAt = new long[InboxKeys.Groups];

    private bool _isMapStale;

    /// <param name="count">Of the newest entries, or <see cref="All"/>.</param>
    public async ValueTask<InboxReading> ReadAsync(AccountId account, int count, CancellationToken ct)
    {
        var group = InboxKeys.GroupOf(account);
        if (time.GetTimestamp() < Volatile.Read(ref _askAgainAt[group]))
            return InboxReading.Unknown;
        try
        {
            if (Interlocked.Exchange(ref _isMapStale, false))
                await lines.RefreshAsync(patience, ct);
            var line = await lines.GetAsync(group, patience, ct);
            var answers = await AskAsync(line, Question(group, account, count));
            if (answers is not null && SlotMove.PlaceOf(answers.Error, line.Server) is { } place)
            {
                line = await lines.GetAsync(place, patience, ct);
                answers = await AskAsync(line, SlotMove.Asking(Question(group, account, count)));
            }
            if (answers is null || SlotMove.IsBetween(answers.Error))
                return InboxReading.Unknown;
            return answers.Error.IsError
                ? throw line.Refused(answers.Error) : new InboxReading(true, Parse(answers.Last.Items));
        }
        catch (ServiceException)
        {
            // The fallback answers instead; the writer, who meets the same, says so in the log.
            Volatile.Write(ref _isMapStale, true);
            var pause = (long)(_pause.TotalSeconds * time.TimestampFrequency);
            Volatile.Write(ref _askAgainAt[group], time.GetTimestamp() + pause);
            return InboxReading.Unknown;
        }
    }

    /// <summary>Puts off the time at which Redis forgets an inbox. Not waited for: the next day does it
    /// again.</summary>
    public async ValueTask ProlongAsync(AccountId account, TimeSpan expiry, CancellationToken ct)
    {
        var group = InboxKeys.GroupOf(account);
        var seconds = ((long)expiry.TotalSeconds).ToString(CultureInfo.InvariantCulture);
        var commands = new RespWriter();
        foreach (var isHead in (ReadOnlySpan<bool>)[true, false])
        {
            commands.Begin(3);
            commands.Word("EXPIRE");
            commands.Word(isHead ? keys.Heads(group) : keys.Entries(group), (uint)account.Value);
            commands.Word(seconds);
        }
        try
        {
            (await lines.GetAsync(group, patience, ct)).Send(commands, new RedisAnswers(commands.Commands));
        }
        catch (ServiceException)
        {
            // Then the next reader prolongs it, or it is built anew.
        }
    }

    /// <summary>Null when one of the three is missing, or the head is of another past than the mark.</summary>
    /// <param name="replies">The mark, the head and the entries.</param>
    public static StoredInbox? Parse(RespValue[]? replies) =>
        replies is [var mark, var head, { Items: { Length: > 0 } items }]
        && InboxMark.Parse(mark.Text) is { } known && InboxHeader.Parse(head.Text) is { } header
        && known.Word == header.Word
            ? new StoredInbox(known, header, items)
            : null;

    /// <summary>Null when somebody waits in vain there already.</summary>
    private async ValueTask<RedisAnswers?> AskAsync(RedisLine line, RespWriter commands)
    {
        if (!line.IsSilent)
            return await Spans.OfStore("inboxes read", "redis", line.TryAskAsync(commands, patience));
        if (line.Silence > _silenceMax)
            await line.DisposeAsync();
        return null;
    }

    /// <summary>The mark, the head and the entries as of one moment.</summary>
    private RespWriter Question(int group, AccountId account, int count)
    {
        var commands = new RespWriter().Command("MULTI").Command("GET", keys.Mark(group));
        commands.Begin(2);
        commands.Word("GET");
        commands.Word(keys.Heads(group), (uint)account.Value);
        commands.Begin(4);
        commands.Word("LRANGE");
        commands.Word(keys.Entries(group), (uint)account.Value);
        commands.Word("0");
        commands.Word((count < 0 ? count : count - 1).ToString(CultureInfo.InvariantCulture));
        return commands.Command("EXEC");
    }
}
