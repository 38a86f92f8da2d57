using Roost.Engine.Graph;
using Roost.Engine.Ids;
using Roost.Services.Posts;

namespace Roost.Services.Timelines;

/// <summary>
/// A post for more accounts than a turn delivers, on its way to them: in slices, lowest account first. Until the last
/// one its readers find it here. Changed by who holds the right to write only; readers look at what never changes.
/// </summary>
/// <param name="post">The post or boost.</param>
/// <param name="followers">Of its author, as its turn found them.</param>
/// <param name="alsoFollowing">When it answers somebody else: of those only who is in this set too.</param>
internal sealed class GiantPost(PostEvent post, SortedIds followers, SortedIds? alsoFollowing)
{
    // Of two sets the smaller is walked, and the other asked.
    private readonly SortedIds _walked = IsFewer(alsoFollowing, followers) ? alsoFollowing!.Value : followers;
    private readonly SortedIds? _filter = IsFewer(alsoFollowing, followers) ? followers : alsoFollowing;
    private readonly HashSet<int> _settled = [];
    private int _after;

    public uint Seq => post.Ref.Seq;

    public AccountId Author => post.Ref.Author;

    public PostEvent Post => post;

    /// <summary>How many follow its author.</summary>
    public int Followers => followers.Count;

    /// <summary>Whether all of its slices were taken.</summary>
    public bool IsDone { get; private set; }

    /// <summary>Whether it belongs on the home timeline of an account that follows these: the same question that the
    /// fallback answers, asked with what the reader's inbox was built for.</summary>
    public bool IsFor(AccountId reader, SortedIds followees)
    {
        var answered = post.AnswersOthers ? post.Ref.Answered : default;
        return reader == Author || reader == answered
            || (followees.Contains(Author) && (answered.IsNone || followees.Contains(answered)));
    }

    /// <summary>Says that an account's inbox was filled from the fallback after this post: it has it, or must not.
    /// </summary>
    public void Settle(AccountId account) => _settled.Add(account.Value);

    /// <summary>The accounts that are next. At most as many as the buffer holds; often fewer, even none.</summary>
    /// <param name="buffer">The caller's; the slice lies in it.</param>
    public ReadOnlySpan<int> NextSlice(Span<int> buffer)
    {
        var count = _walked.NextPage(_after, buffer);
        IsDone = count < buffer.Length;
        if (count == 0)
            return [];
        _after = buffer[count - 1];
        if (_filter is { } filter)
            count = SortedIds.Intersect(SortedIds.FromSorted(buffer[..count]), filter, buffer);
        return _settled.Count == 0 ? buffer[..count] : WithoutSettled(buffer[..count]);
    }

    private static bool IsFewer(SortedIds? some, SortedIds others) => some is { } set && set.Count < others.Count;

    private Span<int> WithoutSettled(Span<int> slice)
    {
        var kept = 0;
        foreach (var account in slice)
        {
            if (!_settled.Contains(account))
                slice[kept++] = account;
        }
        return slice[..kept];
    }
}
