using System.Collections.Concurrent;
using Roost.Services.Posts.Log;

namespace Roost.Services.Posts;

/// <remarks>
/// A post that quotes another is followed at once by the record that says so (<see cref="RecordKind.Quote"/>), in the
/// same group; so its place is known, and whom it quotes, without a look into the post. A post that has nothing to do
/// with quotes, and that everybody may quote, costs nothing.
/// </remarks>
internal sealed partial class PostIndex
{
    private const ushort WithQuote = 32;
    private const ushort IsQuoted = 64;
    private const int PolicyShift = 7;
    private const ushort PolicyMask = 3 << PolicyShift;
    private const ushort AboutQuotes = WithQuote | IsQuoted | PolicyMask;

    /// <summary>By quoted post, how many live quotes there are. Written by the log's writer only.</summary>
    private readonly ConcurrentDictionary<uint, int> _quoteCounts = new();

    /// <summary>Seq of the record by which a post quotes another, whatever became of it, or 0.</summary>
    public uint QuoteIn(uint seq) => (_states[seq] & WithQuote) == 0 ? 0 : seq + 1;

    /// <summary>Who may quote a post.</summary>
    public QuotePolicy QuotePolicyOf(uint seq) => PolicyIn(_states[seq]);

    /// <summary>Whether what is shown of a post depends on who looks: it quotes another, or only followers may quote
    /// it. <b>Hot path.</b></summary>
    public bool IsForEachReader(uint seq)
    {
        var state = _states[seq];
        return (state & AboutQuotes) != 0
            && ((state & WithQuote) != 0 || PolicyIn(state) == QuotePolicy.Followers);
    }

    private static QuotePolicy PolicyIn(ushort state) => (QuotePolicy)((state & PolicyMask) >> PolicyShift);

    /// <summary>What a post's visibility says about quotes.</summary>
    private static int FirstPolicyOf(in RecordMeta post) => RecordFlags.Visibility(post.Flags) switch
    {
        Visibility.Followers => (int)QuotePolicy.Author << PolicyShift,
        Visibility.Direct => (int)QuotePolicy.Nobody << PolicyShift,
        _ => 0,
    };

    private QuoteFacts? QuotingOf(uint seq, ushort state)
    {
        var count = (state & IsQuoted) == 0 ? 0 : _quoteCounts.GetValueOrDefault(seq);
        var policy = PolicyIn(state);
        if ((state & WithQuote) != 0)
            return new QuoteFacts(policy, count, QuoteBy(seq + 1));
        return count == 0 ? QuoteFacts.Of(policy) : new QuoteFacts(policy, count);
    }

    private Quote QuoteBy(uint record)
    {
        var quoted = log[record].Target;
        if (quoted == 0 || log[quoted].Kind != RecordKind.Post)
            return new Quote(QuoteState.Deleted, default);
        var state = !IsLive(record) ? QuoteState.Revoked
            : IsLive(quoted) ? QuoteState.Accepted
            : QuoteState.Deleted;
        return new Quote(state, PostReader.Ref(log[quoted]));
    }

    private void ApplyQuote(in RecordMeta record)
    {
        // Where a repair left a hole in the place of the post, nothing quotes.
        if (log[record.Seq - 1] is not { Kind: RecordKind.Post } post || post.Author != record.Author)
            return;
        _states.Grow(post.Seq) |= WithQuote;
        if (record.Target == 0)
            return;
        ChainToTarget(record);
        _quoteCounts.AddOrUpdate(record.Target, 1, (_, count) => count + 1);
        _states.Grow(record.Target) |= IsQuoted;
    }

    /// <summary>It was taken back, or the post that quotes is gone.</summary>
    private void EndQuote(in RecordMeta record)
    {
        _states.Grow(record.Seq) |= Deleted;
        if (record.Target != 0)
            _quoteCounts.AddOrUpdate(record.Target, 0, (_, count) => count - 1);
    }

    private void SetPolicy(uint post, QuotePolicy policy)
    {
        if (post == 0)
            return;
        ref var state = ref _states.Grow(post);
        state = (ushort)((state & ~PolicyMask) | ((int)policy << PolicyShift));
    }
}
