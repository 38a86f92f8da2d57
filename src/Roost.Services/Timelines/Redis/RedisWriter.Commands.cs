using System.Globalization;
using Roost.Engine.Ids;
using Roost.Rpc;

namespace Roost.Services.Timelines.Redis;

/// <remarks>Commands of one key, sent to where the key is, which may be where its slot is being moved to.</remarks>
internal sealed partial class RedisWriter
{
    /// <summary>Sends commands over the line that the group is written by. The replies are in their order.</summary>
    /// <exception cref="ServiceException">It does not answer, or refuses.</exception>
    private async ValueTask<RespValue[]> AskEachAsync(int group, IReadOnlyList<KeyCommand> commands)
    {
        try
        {
            return await AskEachAsync(await LineOfAsync(group), commands);
        }
        catch (ServiceException)
        {
            // Perhaps another server has the slot now: whoever comes next finds it there.
            _groups[group].Forget();
            await RefreshAsync(CancellationToken.None);
            throw;
        }
    }

    /// <summary>Sends commands to who has their slots, and those whose key has gone to another server once more, to
    /// that one, in the same order. The replies are in the order of all.</summary>
    /// <param name="isWriting">Whether the caller has the right to write.</param>
    /// <exception cref="ServiceException">One of the two does not answer, or refuses: nobody knows what was
    /// done.</exception>
    private async ValueTask<RespValue[]> AskEachAsync(
        RedisLine line, IReadOnlyList<KeyCommand> commands, bool isWriting = true)
    {
        var answers = new RedisAnswers[commands.Count];
        for (var i = 0; i < answers.Length; i++)
            line.Send(commands[i].Write(), answers[i] = new RedisAnswers(1));
        var replies = new RespValue[answers.Length];
        var gone = new List<(int Index, KeyCommand Command, RespValue Asked)>();
        for (var i = 0; i < answers.Length; i++)
        {
            await line.WaitAsync(answers[i], options.WriteWaitMax);
            if (SlotMove.IsAsk(answers[i].Error))
                gone.Add((i, commands[i], answers[i].Error));
            else
                replies[i] = answers[i].Error.IsError ? throw line.Refused(answers[i].Error) : answers[i].Last;
        }
        if (gone.Count > 0)
            await FollowAsync(line, gone, replies, isWriting);
        return replies;
    }

    /// <summary>Sends entries of a chunk to where their inboxes have gone, and takes the lengths from there.</summary>
    private async ValueTask PushAgainAsync(
        RedisLine line, PushedChunk chunk, IReadOnlyList<(int Index, RespValue Asked)> gone)
    {
        var replies = new RespValue[chunk.Count];
        await FollowAsync(
            line, [.. gone.Select(one => (one.Index, Pushing(chunk.Pairs[one.Index]), one.Asked))], replies,
            isWriting: true);
        foreach (var (index, _) in gone)
            chunk.Lengths[index] = (int)replies[index].Number;
    }

    private async ValueTask FollowAsync(
        RedisLine from, List<(int Index, KeyCommand Command, RespValue Asked)> gone, RespValue[] replies,
        bool isWriting)
    {
        var sent = new List<(int Index, RedisLine Line, RedisAnswers Answers)>(gone.Count);
        foreach (var (index, command, asked) in gone)
        {
            var place = SlotMove.PlaceOf(asked, from.Server) ?? throw from.Refused(asked);
            var line = await lines.GetAsync(place, options.WriteWaitMax, CancellationToken.None);
            if (isWriting)
                Part(command.Group, from, line);
            var answers = new RedisAnswers(2);
            line.Send(SlotMove.Asking(command.Write()), answers);
            sent.Add((index, line, answers));
        }
        foreach (var (index, line, answers) in sent)
        {
            try
            {
                await line.WaitAsync(answers, options.WriteWaitMax);
            }
            catch (ServiceException) when (line.IsSilent)
            {
                await line.DisposeAsync();
                throw;
            }
            replies[index] = answers.Error.IsError ? throw line.Refused(answers.Error) : answers.Last;
        }
    }

    /// <summary>Notes that something of the group is written over another line.</summary>
    /// <exception cref="ServiceException">It was yet another one before: the group is lost.</exception>
    private void Part(int group, RedisLine from, RedisLine to)
    {
        if (_groups[group].Move is { } known && known != (from, to))
        {
            Lose(group, "Redis has moved a slot twice at once, or a server has gone meanwhile.");
            throw new ServiceException(
                ErrorCode.Unavailable, "Inboxes cannot be had at the moment.", detail: Trouble);
        }
        _groups[group].Part(from, to);
    }

    private string Head(AccountId account) => NameOf(keys.Heads(InboxKeys.GroupOf(account)), account);

    private string Entries(AccountId account) => NameOf(keys.Entries(InboxKeys.GroupOf(account)), account);

    private static string NameOf(ReadOnlySpan<byte> name, AccountId account) => string.Create(
        CultureInfo.InvariantCulture, $"{System.Text.Encoding.UTF8.GetString(name)}{account.Value}");

    private static KeyCommand Of(int group, string name, params string[] words) =>
        new(group, () => new RespWriter().Command(name, words));

    /// <summary>None for none.</summary>
    private IReadOnlyList<KeyCommand> Adding(int group, IReadOnlyCollection<AccountId> giants) => giants.Count == 0
        ? []
        :
        [
            Of(group, "RPUSH",
            [
                keys.Giants(group),
                .. giants.Select(giant => giant.Value.ToString(CultureInfo.InvariantCulture)),
            ]),
        ];

    /// <summary>A whole inbox.</summary>
    private RespWriter Pushing(AccountId account, IReadOnlyList<uint> newestFirst)
    {
        var command = new RespWriter(256 + (newestFirst.Count * 20));
        command.Begin(3 + newestFirst.Count);
        command.Word("RPUSH");
        command.Word(keys.Entries(InboxKeys.GroupOf(account)), (uint)account.Value);
        foreach (var seq in newestFirst)
            command.Word([], seq);
        command.Word("0");
        return command;
    }

    /// <summary>An entry, if the inbox is there.</summary>
    private KeyCommand Pushing(ulong pair)
    {
        var account = new AccountId((int)(uint)pair);
        var seq = ((uint)(pair >> 32)).ToString(CultureInfo.InvariantCulture);
        return Of(InboxKeys.GroupOf(account), "LPUSHX", Entries(account), seq);
    }
}
