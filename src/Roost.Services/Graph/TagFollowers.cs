using System.Collections.Concurrent;
using Roost.Engine.Graph;
using Roost.Engine.Ids;

namespace Roost.Services.Graph;

/// <summary>Who follows a hashtag: the ties of accounts, read the other way. One writer; readers on any thread.
/// </summary>
/// <remarks>Some 4 bytes a tie, and 100 a hashtag that somebody follows.</remarks>
internal sealed class TagFollowers
{
    /// <summary>No hashtag is called so: under it are those who follow any.</summary>
    private const string Any = "";

    private readonly ConcurrentDictionary<string, SortedIds> _followers = new(StringComparer.Ordinal);

    /// <summary>One set for each of the folded names, in order; without names one set of those who follow any.
    /// </summary>
    public SortedIds[] Of(IReadOnlyList<string>? keys) =>
        [.. (keys ?? [Any]).Select(key => _followers.GetValueOrDefault(key))];

    /// <summary>Takes in what an account follows now. The writer only.</summary>
    public void Change(AccountId account, IReadOnlyList<TagTie> before, IReadOnlyList<TagTie> now)
    {
        if (ReferenceEquals(before, now))
            return;
        foreach (var tie in before)
        {
            if (!now.Contains(tie))
                Set(tie.Key, of => of.Without(account));
        }
        foreach (var tie in now)
            Set(tie.Key, of => of.With(account));
        if (before.Count > 0 != now.Count > 0)
            Set(Any, of => now.Count > 0 ? of.With(account) : of.Without(account));
    }

    private void Set(string key, Func<SortedIds, SortedIds> change)
    {
        var changed = change(_followers.GetValueOrDefault(key));
        if (changed.Count == 0)
            _followers.TryRemove(key, out _);
        else
            _followers[key] = changed;
    }
}
