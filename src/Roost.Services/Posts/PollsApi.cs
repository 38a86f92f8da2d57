using Roost.Engine.Ids;
using Roost.Rpc;

namespace Roost.Services.Posts;

/// <summary>What the Posts service can be asked about polls, which are parts of posts (<see cref="Post.Poll"/>).
/// </summary>
public sealed record PollsApi(
    Service<VoteInPoll, bool> Vote,
    Service<FindEndedPolls, EndedPoll[]> Ended,
    Service<FindNextPollEnd, DateTimeOffset?> NextEnd,
    Service<ListVoters, Voter[]> Voters,
    AwaitPoll Added);

/// <summary>Completes with the next poll that is posted or changed. Ask for it before looking for what is there: then
/// nothing is missed in between.</summary>
public delegate Task AwaitPoll();

/// <summary>A question with options, as one version of a post has it. Whether it has ended, the time tells.</summary>
/// <param name="Options">2 to 4, all different.</param>
/// <param name="IsMultiple">Whether one may choose more than one.</param>
/// <param name="HidesTotals">Whether what the options got is told only when it has ended.</param>
public sealed record Poll(IReadOnlyList<string> Options, bool IsMultiple, bool HidesTotals, DateTimeOffset EndsAt)
{
    public const int OptionsMax = 4;

    /// <summary>In UTF-16 code units; clients count characters, which are as many or fewer.</summary>
    public const int OptionLengthMax = 200;

    public static TimeSpan LastsMin { get; } = TimeSpan.FromMinutes(5);

    /// <summary>A month.</summary>
    public static TimeSpan LastsMax { get; } = TimeSpan.FromSeconds(2_629_746);

    public bool HasEnded(DateTimeOffset now) => now >= EndsAt;

    /// <summary>Whether everybody may be told what the options got.</summary>
    public bool TellsTotals(DateTimeOffset now) => !HidesTotals || HasEnded(now);

    /// <summary>Whether votes for the one mean the same for the other.</summary>
    internal bool AsksTheSameAs(Poll other) => IsMultiple == other.IsMultiple && Options.SequenceEqual(other.Options);

    public bool Equals(Poll? other) => other is not null && AsksTheSameAs(other) && HidesTotals == other.HidesTotals
        && EndsAt == other.EndsAt;

    public override int GetHashCode() => HashCode.Combine(Options.Count, IsMultiple, HidesTotals, EndsAt);
}

/// <summary>How votes stand, and which are the viewer's.</summary>
/// <param name="Voters">Accounts that voted.</param>
/// <param name="Own">A bit for each option that the viewer chose; 0 who has not voted.</param>
public sealed record PollTally(int Voters, int First, int Second, int Third, int Fourth, int Own)
{
    /// <summary>Votes for all options.</summary>
    public int Total => First + Second + Third + Fourth;

    /// <summary>Votes for an option.</summary>
    public int this[int option] => option switch { 0 => First, 1 => Second, 2 => Third, _ => Fourth };
}

/// <summary>Votes, once and for all. False: there is no such poll for the account to see.</summary>
/// <exception cref="ServiceException"><see cref="ErrorCode.Invalid"/>: the account's own poll, ended, voted already, or
/// no such options. <see cref="ErrorCode.Conflict"/>: it has just been changed.</exception>
public sealed record VoteInPoll(AccountId Account, PostId Id, IReadOnlyList<int> Choices);

/// <summary>
/// Polls that ended after <paramref name="After"/> and not later than <paramref name="UpTo"/>, in the order of their
/// ends: for who tells people of it, and asks again from where it was. Reaches two months back.
/// </summary>
public sealed record FindEndedPolls(DateTimeOffset After, DateTimeOffset UpTo);

/// <param name="Poll">Seq of the record that first had its options: the same as long as votes for it count.</param>
public readonly record struct EndedPoll(PostRef Post, uint Poll, DateTimeOffset EndedAt);

/// <summary>When the first poll ends that ends after <paramref name="After"/>; null while none is open. It may have
/// been moved or deleted since: then nothing ends at that time.</summary>
public readonly record struct FindNextPollEnd(DateTimeOffset After);

/// <summary>Who voted in the poll that a post has now, the newest vote first.</summary>
/// <param name="Below">Only votes with a smaller seq; 0 for all.</param>
/// <param name="Limit">At least 1. Fewer come back only when there are no more.</param>
public sealed record ListVoters(uint Post, uint Below, int Limit);

/// <param name="Seq">Of the vote.</param>
public readonly record struct Voter(AccountId Account, uint Seq);
