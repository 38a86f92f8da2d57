using Roost.Engine.Ids;
using Roost.Scenarios.Loads;

namespace Roost.Scenarios;

/// <summary>What home timelines must be where nobody answers anybody: the posts of all who are followed and one's own,
/// newest first.</summary>
internal sealed class FollowedPosts(IEnumerable<Posted> posted, Func<AccountId, IEnumerable<AccountId>> followees)
{
    private readonly ILookup<AccountId, PostId> _byAuthor =
        posted.Where(post => post.IsAccepted).ToLookup(post => post.Author, post => post.Ref.Id);

    public IReadOnlyList<PostId> HomeOf(AccountId account)
    {
        var posts = new List<PostId>(_byAuthor[account]);
        foreach (var followee in followees(account)) posts.AddRange(_byAuthor[followee]);
        posts.Sort((a, b) => b.CompareTo(a));
        return posts;
    }
}
