using System.Collections.Concurrent;
using Roost.Engine.Ids;
using Roost.Engine.Sets;
using Roost.Services.Posts.Log;

namespace Roost.Services.Posts;

/// <remarks>
/// A poll is known by the record that first had its options: the post's own, or that of the edit that changed them.
/// Votes are about that record, so those on their way while a poll changes are not taken for votes in the new one. A
/// post without a poll costs nothing; a vote is 16 bytes in a table and 16 in a chain.
/// </remarks>
internal sealed partial class PostIndex
{
    /// <summary>By post, the newest edit that gave it other options.</summary>
    private readonly ConcurrentDictionary<uint, uint> _otherPolls = new();

    /// <summary>Seq of the vote, by account and poll.</summary>
    private readonly PairTable _votes = new();

    /// <summary>By poll: voters, then votes for each option. Written by the log's writer only.</summary>
    private readonly ConcurrentDictionary<uint, int[]> _tallies = new();

    /// <summary>Seq of the record that has the poll of a post, or 0.</summary>
    public uint PollOf(uint seq) =>
        (_states[seq] & WithPoll) == 0 ? 0 : _otherPolls.TryGetValue(seq, out var edit) ? edit : seq;

    /// <summary>Seq of the account's vote in a poll, or 0.</summary>
    public uint VoteBy(AccountId account, uint poll) => _votes.TryGet(account, poll, out var seq) ? seq : 0;

    private PollTally TallyOf(AccountId viewer, uint seq)
    {
        var poll = PollOf(seq);
        var votes = _tallies.GetValueOrDefault(poll);
        var own = viewer.IsNone ? 0 : VoteBy(viewer, poll);
        return new PollTally(
            At(votes, 0), At(votes, 1), At(votes, 2), At(votes, 3), At(votes, 4),
            own == 0 ? 0 : RecordFlags.Choices(log[own].Flags));

        static int At(int[]? votes, int place) => votes is null ? 0 : Volatile.Read(ref votes[place]);
    }

    private void ApplyVote(in RecordMeta record)
    {
        ChainToTarget(record);
        _votes.Set(record.Author, record.Target, record.Seq);
        var votes = _tallies.GetOrAdd(record.Target, _ => new int[1 + Poll.OptionsMax]);
        Volatile.Write(ref votes[0], votes[0] + 1);
        for (var option = 0; option < Poll.OptionsMax; option++)
        {
            if ((RecordFlags.Choices(record.Flags) >> option & 1) != 0)
                Volatile.Write(ref votes[1 + option], votes[1 + option] + 1);
        }
    }
}
