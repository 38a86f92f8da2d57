using Roost.Engine.Ids;

namespace Roost.Services;

/// <summary>Replies about many accounts at once, nearly all of which have nothing: one for each, in order, or none at
/// all where none of them has any.</summary>
internal static class RareReplies
{
    public static T?[] Of<T>(ReadOnlySpan<AccountId> accounts, Func<AccountId, T?> find) where T : class
    {
        T?[] replies = [];
        for (var i = 0; i < accounts.Length; i++)
        {
            if (find(accounts[i]) is not { } some)
                continue;
            if (replies.Length == 0)
                replies = new T?[accounts.Length];
            replies[i] = some;
        }
        return replies;
    }
}
