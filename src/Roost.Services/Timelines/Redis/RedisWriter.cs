using System.Globalization;
using System.Security.Cryptography;
using Roost.Engine.Ids;
using Roost.Engine.Inboxes;
using Roost.Rpc;

namespace Roost.Services.Timelines.Redis;

/// <summary>
/// Changes inboxes. Held by one caller at a time (<see cref="RedisInboxes"/> has the right to write).
/// <code>
///   a group's part of a turn, over one line
///     UNLINK  inboxes of accounts whose followees have changed, first their heads
///     RPUSH   new giants
///     LPUSHX  an entry for each inbox that is there, thousands in a row          all answered, and only then
///     LTRIM   what has grown too long
///     SET XX GET  the mark, which must replace the one before
/// </code>
/// </summary>
/// <remarks>
/// <para><b>A line that breaks.</b> What was sent and not answered may have been done. It is done again over a new
/// line, from the beginning; readers pass over what is there twice. Before a new line is used, every older one of this
/// name is ended at the server (<see cref="FenceAsync"/>): what it has not read of them by then it never will, so
/// nothing is done late. Then each group's mark is read: if it is not the last one that was written, the server has
/// lost something (it began from a file, was emptied, or is a replica that was behind), and the group gets a new
/// word.</para>
/// <para><b>A new word</b> makes every inbox of a group one of another past: none is read, and each is built anew when
/// its owner comes.</para>
/// <para><b>Slots that are being moved.</b> Each command has one key, so one server can do it, and is sent to the
/// other one when the first says that the key has gone. In whatever order keys go, each has its commands in order: once
/// gone, it does not come back. But a group that is at two servers can lose the newest of one and not of the other,
/// where its mark may be: so it holds as long as the lines to both do (<see cref="InboxGroup.Move"/>), and after a
/// start it is begun anew (<see cref="InboxMark.IsParted"/>).</para>
/// <para><b>A server that stays away</b> is waited for as long as <see cref="RedisOptions.WriteWaitMax"/> says; then
/// its groups are lost, and fan-out goes on for the others.</para>
/// </remarks>
internal sealed partial class RedisWriter(
    RedisLines lines, InboxKeys keys, RedisOptions options, TimeProvider time, TimelinesMetrics metrics)
{
    /// <summary>What an inbox keeps.</summary>
    public const int Length = InboxArena.Capacity;

    /// <summary>So many entries too many are cut off together.</summary>
    private const int Slack = 200;

    /// <summary>Commands that are sent together, and how often that many may wait for answers.</summary>
    private const int ChunkCommands = 4_096;
    private const int ChunksMax = 4;

    private static readonly TimeSpan _pause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan _connectMax = TimeSpan.FromSeconds(1);

    private readonly InboxGroup[] _groups =
        [.. Enumerable.Range(0, InboxKeys.Groups).Select(_ => new InboxGroup())];

    /// <summary>Who has no inbox, as far as is known.</summary>
    public AbsentInboxes Absent { get; } = new();

    public InboxGroup Group(int group) => _groups[group];

    /// <summary>Why a group was lost last, for the log.</summary>
    public string? Trouble { get; private set; }

    /// <summary>Ends all other lines of this name at the server.</summary>
    public static async Task FenceAsync(RedisLine line, string name, TimeSpan patience)
    {
        var own = (await line.AskAsync(new RespWriter().Command("CLIENT", "ID"), patience)).Number;
        var list = await line.AskAsync(new RespWriter().Command("CLIENT", "LIST"), patience);
        var commands = new RespWriter();
        foreach (var client in list.Say().Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            var fields = client.TrimEnd('\r').Split(' ');
            if (!fields.Contains($"name={name}") || fields[0].Split('=') is not ["id", var id])
                continue;
            if (id != own.ToString(CultureInfo.InvariantCulture))
                commands.Command("CLIENT", "KILL", "ID", id);
        }
        if (commands.Commands > 0)
            await line.AskAsync(commands, patience);
    }

    /// <summary>Delivers a plan to all groups that are up.</summary>
    /// <param name="mark">Gives the mark that a group is to have, of its last one.</param>
    /// <param name="newGiants">Accounts that have become giants.</param>
    /// <returns>How many entries were added.</returns>
    public async ValueTask<long> DeliverAsync(
        TurnPlan plan, Func<InboxMark, InboxMark> mark, IReadOnlyList<AccountId> newGiants, CancellationToken ct)
    {
        var began = time.GetTimestamp();
        var left = Enumerable.Range(0, InboxKeys.Groups).Where(group => _groups[group].IsUp).ToHashSet();
        var made = 0L;
        while (true)
        {
            var byLine = await GatherAsync(left, ct);
            await Task.WhenAll(byLine.Select(async pair =>
            {
                var part = new TurnPart(pair.Key, pair.Value, plan, mark, newGiants);
                var added = await TryAsync(part);
                Interlocked.Add(ref made, added);
            }));
            left.RemoveWhere(group => !_groups[group].IsUp || IsDone(group, mark));
            if (left.Count == 0)
                return made;
            if (time.GetElapsedTime(began) >= options.WriteWaitMax)
            {
                foreach (var group in left)
                    Lose(group, Trouble ?? "");
                return made;
            }
            await Task.Delay(_pause, time, ct);
            await RefreshAsync(ct);
        }
    }

    /// <summary>Gives a group a new word: none of the inboxes that it may have is read any more.</summary>
    /// <exception cref="ServiceException">Its server does not answer, or refuses.</exception>
    public async ValueTask RenewAsync(
        int group, uint upTo, long id, IReadOnlyCollection<AccountId> giants, CancellationToken ct)
    {
        _groups[group].Lose();
        var line = await lines.GetAsync(group, _connectMax, ct);
        var mark = new InboxMark(
            Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8)), upTo, id, giants.Count);
        await AskEachAsync(
            line,
            [
                Of(group, "DEL", keys.Mark(group)), Of(group, "DEL", keys.Giants(group)), .. Adding(group, giants),
                Of(group, "SET", keys.Mark(group), mark.ToString()),
            ]);
        _groups[group].Reach(mark, line);
        Absent.AddAll(group);
        metrics.GroupRenewed();
    }

    /// <summary>What a group's server has of it from before; the mark is null when it has nothing.</summary>
    /// <exception cref="ServiceException">It does not answer, or refuses.</exception>
    public async ValueTask<(InboxMark? Mark, IReadOnlyList<AccountId> Giants, RedisLine Line)> FindAsync(
        int group, CancellationToken ct)
    {
        var line = await lines.GetAsync(group, _connectMax, ct);
        // In this order: the list has all that a mark counts before it is written.
        var found = await AskEachAsync(
            line, [Of(group, "GET", keys.Mark(group)), Of(group, "LRANGE", keys.Giants(group), "0", "-1")],
            isWriting: false);
        return (
            InboxMark.Parse(found[0].Text),
            [.. (found[1].Items ?? []).Select(giant => new AccountId((int)giant.Number))], line);
    }

    /// <summary>Takes a group as it was found, with giants that others know of and it does not.</summary>
    /// <exception cref="ServiceException">Its server does not answer, or refuses.</exception>
    public async ValueTask AdoptAsync(int group, InboxMark found, RedisLine line, IReadOnlyList<AccountId> missing)
    {
        await AskEachAsync(line, Adding(group, missing));
        _groups[group].Reach(found, line);
    }

    /// <summary>Puts an inbox where there may be one.</summary>
    /// <param name="newestFirst">At most <see cref="Length"/>.</param>
    /// <exception cref="ServiceException">Nobody knows whether it is there, or it was refused.</exception>
    public async ValueTask InstallAsync(
        AccountId account, InboxHeader header, IReadOnlyList<uint> newestFirst, TimeSpan expiry)
    {
        var group = InboxKeys.GroupOf(account);
        var seconds = ((long)expiry.TotalSeconds).ToString(CultureInfo.InvariantCulture);
        // First: what is sent may be done though it is never answered.
        Absent.Remove(account.Value);
        await AskEachAsync(
            group,
            [
                Of(group, "UNLINK", Head(account)), Of(group, "UNLINK", Entries(account)),
                new KeyCommand(group, () => Pushing(account, newestFirst)),
                Of(group, "EXPIRE", Entries(account), seconds),
                Of(group, "SET", Head(account), header.ToString(), "EX", seconds),
            ]);
    }

    /// <summary>Reads an inbox over the line that it is written by; null when there is none. Nobody else writes
    /// meanwhile.</summary>
    /// <exception cref="ServiceException">It does not answer, or refuses.</exception>
    public async ValueTask<StoredInbox?> ReadAsync(AccountId account)
    {
        var group = InboxKeys.GroupOf(account);
        return RedisReader.Parse(await AskEachAsync(
            group,
            [
                Of(group, "GET", keys.Mark(group)), Of(group, "GET", Head(account)),
                Of(group, "LRANGE", Entries(account), "0", "-1"),
            ]));
    }

    /// <summary>A line over which the group's mark is known to be there.</summary>
    private async ValueTask<RedisLine> LineOfAsync(int group)
    {
        if (_groups[group].Line is { IsBroken: false } known && _groups[group].HoldsOver(known))
            return known;
        var line = await lines.GetAsync(group, options.WriteWaitMax, CancellationToken.None);
        await VerifyAsync(line, [group]);
        return _groups[group].IsUp ? line : throw new ServiceException(
            ErrorCode.Unavailable, "Inboxes cannot be had at the moment.",
            detail: $"Redis at {line.Server} has lost something of group {group}.");
    }

    private bool IsDone(int group, Func<InboxMark, InboxMark> mark) =>
        _groups[group] is { Unanswered: null, Mark: { } reached } && mark(reached) == reached;

    /// <summary>The lines that have the groups; those that cannot be had are left out.</summary>
    private async ValueTask<Dictionary<RedisLine, List<int>>> GatherAsync(HashSet<int> groups, CancellationToken ct)
    {
        var byLine = new Dictionary<RedisLine, List<int>>();
        foreach (var group in groups)
        {
            try
            {
                // While the line holds, so does the server at its end.
                var line = _groups[group].Line is { IsBroken: false } own
                    ? own : await lines.GetAsync(group, options.WriteWaitMax, ct);
                if (!byLine.TryGetValue(line, out var those))
                    byLine[line] = those = [];
                those.Add(group);
            }
            catch (ServiceException failure)
            {
                Trouble = failure.Detail;
            }
        }
        return byLine;
    }

    private async ValueTask RefreshAsync(CancellationToken ct)
    {
        try
        {
            await lines.RefreshAsync(_connectMax, ct);
        }
        catch (ServiceException failure)
        {
            Trouble = failure.Detail;
        }
    }

    private void Lose(int group, string why)
    {
        Trouble = why;
        _groups[group].Lose();
        metrics.GroupLost();
    }

    /// <summary>One server's part of a turn.</summary>
    private sealed record TurnPart(
        RedisLine Line, List<int> Groups, TurnPlan Plan, Func<InboxMark, InboxMark> Mark,
        IReadOnlyList<AccountId> NewGiants);

    /// <summary>Does it, or leaves its groups as they were, to be tried again. The reply counts entries.</summary>
    private async Task<long> TryAsync(TurnPart part)
    {
        try
        {
            await VerifyAsync(part.Line, part.Groups);
            part.Groups.RemoveAll(group => !_groups[group].IsUp);
            await PrepareAsync(part);
            var (made, tooLong) = await PushAsync(part);
            await EndAsync(part, tooLong);
            return made;
        }
        catch (ServiceException failure)
        {
            Trouble = failure.Detail;
            // Waited for long enough: a new line tells whether somebody is there.
            if (part.Line.IsSilent)
                await part.Line.DisposeAsync();
            // A moved slot, a server that loads: the next look tells who has the groups.
            foreach (var group in part.Groups)
                _groups[group].Forget();
            return 0;
        }
    }

    /// <summary>Looks, over a line that was not used for a group before, whether its mark is there still; a group is
    /// lost where it is not.</summary>
    private async Task VerifyAsync(RedisLine line, IReadOnlyList<int> groups)
    {
        var asked = new List<int>();
        foreach (var group in groups)
        {
            if (!_groups[group].IsUp)
                continue;
            if (!_groups[group].HoldsOver(line))
                Lose(group, "A Redis server has gone while slots were moved.");
            else if (_groups[group].Line != line)
                asked.Add(group);
        }
        foreach (var group in asked)
            _groups[group].Settle(line);
        var marks = await AskEachAsync(line, [.. asked.Select(group => Of(group, "GET", keys.Mark(group)))]);
        foreach (var (group, mark) in asked.Zip(marks))
        {
            var found = InboxMark.Parse(mark.Text);
            if (_groups[group].IsCurrent(found))
                _groups[group].Reach(found!.Value, line);
            else
                Lose(group, $"Redis at {line.Server} has lost something.");
        }
    }

    /// <summary>What must be there, or gone, before the entries come.</summary>
    private async Task PrepareAsync(TurnPart part)
    {
        var commands = new List<KeyCommand>();
        foreach (var group in part.Groups)
        {
            foreach (var account in part.Plan.Drops(group))
            {
                commands.Add(Of(group, "UNLINK", Head(account)));
                commands.Add(Of(group, "UNLINK", Entries(account)));
            }
            commands.AddRange(Adding(group, part.NewGiants));
        }
        await AskEachAsync(part.Line, commands);
    }

    /// <summary>Sends all entries. The reply counts them, and has the inboxes that are too long now. <b>Hot path.</b>
    /// </summary>
    private async Task<(long Made, HashSet<int> TooLong)> PushAsync(TurnPart part)
    {
        var made = 0L;
        var tooLong = new HashSet<int>();
        var waiting = new Queue<PushedChunk>();
        var commands = new RespWriter(ChunkCommands * 64);
        var sent = new ulong[ChunkCommands];
        foreach (var group in part.Groups)
        {
            var done = _groups[group].Mark!.Value.UpTo;
            var pairs = part.Plan.Pairs(group);
            for (var at = 0; at < pairs.Count;)
            {
                at = Fill(commands, group, pairs, at, done, sent);
                if (commands.Commands == ChunkCommands)
                    await SendAsync();
            }
        }
        if (commands.Commands > 0)
            await SendAsync();
        while (waiting.TryDequeue(out var rest))
            made += await SettleAsync(part.Line, rest, tooLong);
        return (made, tooLong);

        async ValueTask SendAsync()
        {
            var chunk = new PushedChunk(commands.Commands, sent);
            part.Line.Send(commands, chunk.Answers);
            waiting.Enqueue(chunk);
            commands.Clear();
            sent = new ulong[ChunkCommands];
            if (waiting.Count > ChunksMax)
                made += await SettleAsync(part.Line, waiting.Dequeue(), tooLong);
        }
    }

    /// <summary>Writes commands until there are enough of them; the reply is where to go on.</summary>
    private int Fill(RespWriter commands, int group, List<ulong> pairs, int at, uint done, ulong[] sent)
    {
        var name = keys.Entries(group);
        for (; at < pairs.Count && commands.Commands < ChunkCommands; at++)
        {
            var seq = (uint)(pairs[at] >> 32);
            if (seq <= done)
                continue;
            sent[commands.Commands] = pairs[at];
            commands.Raw("*3\r\n$6\r\nLPUSHX\r\n"u8, commands: 1);
            commands.Word(name, (uint)pairs[at]);
            commands.Word([], seq);
        }
        return at;
    }

    private async ValueTask<long> SettleAsync(RedisLine line, PushedChunk chunk, HashSet<int> tooLong)
    {
        await line.WaitAsync(chunk.Answers, options.WriteWaitMax);
        if (chunk.Answers.Error.IsError)
            throw line.Refused(chunk.Answers.Error);
        if (chunk.Answers.Gone is { } gone)
            await PushAgainAsync(line, chunk, gone);
        var made = 0L;
        for (var i = 0; i < chunk.Count; i++)
        {
            var length = chunk.Lengths[i];
            made += length > 0 ? 1 : 0;
            if (length == 0)
                AddAbsent((int)(uint)chunk.Pairs[i]);
            else if (length > Length + Slack)
                tooLong.Add((int)(uint)chunk.Pairs[i]);
        }
        return made;
    }

    /// <summary>Lines settle side by side.</summary>
    private void AddAbsent(int account)
    {
        lock (Absent)
            Absent.Add(account);
    }

    /// <summary>Cuts off, and says by the marks that all is done.</summary>
    private async Task EndAsync(TurnPart part, HashSet<int> tooLong)
    {
        var commands = new RespWriter();
        foreach (var account in tooLong)
        {
            commands.Begin(4);
            commands.Word("LTRIM");
            commands.Word(keys.Entries(InboxKeys.GroupOf(new AccountId(account))), (uint)account);
            commands.Word("0");
            commands.Word([], Length - 1);
        }
        if (commands.Commands > 0)
            part.Line.Send(commands, new RedisAnswers(commands.Commands));
        var replaced = await AskEachAsync(
            part.Line, [.. part.Groups.Select(group => new KeyCommand(group, () => Marking(part, group)))]);
        foreach (var (group, mark) in part.Groups.Zip(replaced))
        {
            // What it replaces must be what was there before the turn.
            if (_groups[group].IsCurrent(InboxMark.Parse(mark.Text)))
                _groups[group].Reach(_groups[group].Unanswered!.Value, part.Line);
            else
                Lose(group, $"Redis at {part.Line.Server} has lost something.");
        }
    }

    private RespWriter Marking(TurnPart part, int group)
    {
        var mark = part.Mark(_groups[group].Mark!.Value) with { IsParted = _groups[group].Move is not null };
        _groups[group].Send(mark);
        return new RespWriter().Command("SET", keys.Mark(group), mark.ToString(), "XX", "GET");
    }

    /// <param name="Pairs">As <see cref="TurnPlan.Pairs"/> has them.</param>
    private sealed record PushedChunk(int Count, ulong[] Pairs)
    {
        public int[] Lengths { get; } = new int[Count];

        public RedisNumbers Answers => field ??= new RedisNumbers(Count, Lengths);
    }
}
