using Roost.Engine.Ids;
using Roost.Rpc;

namespace Roost.Services.Conversations;

/// <summary>
/// What the Conversations service can be asked: direct posts as conversations, an account's own view of each. What was
/// posted before a question is in its answer. Whether a post may still be seen, hydration tells.
/// </summary>
public sealed record ConversationsApi(
    Service<ListConversations, ConversationPage> List,
    Service<ReadConversation, Conversation?> Read,
    Service<EndConversation, bool> End,
    Service<ListDirect, DirectPage> Direct,
    Service<GetConversationOf, Conversation?> Of);

/// <param name="Others">Those who take part beside the account itself; empty for notes to oneself.</param>
/// <param name="LastPost">The newest post of it.</param>
public sealed record Conversation(long Id, IReadOnlyList<AccountId> Others, PostId LastPost, bool IsUnread);

/// <summary>A page of conversations by their newest posts, the newest first.</summary>
/// <param name="Range">Ids are those of newest posts.</param>
public sealed record ListConversations(AccountId Account, DirectRange Range);

/// <param name="Before">Only below it; <c>default</c> for all.</param>
/// <param name="After">Only above it.</param>
/// <param name="Oldest">Those nearest to <paramref name="After"/>, rather than the newest; still newest first.</param>
/// <param name="Limit">1 to 40.</param>
public sealed record DirectRange(PostId Before, PostId After, bool Oldest, int Limit);

/// <param name="HasOlder">Whether there are older ones.</param>
public sealed record ConversationPage(IReadOnlyList<Conversation> Conversations, bool HasOlder);

/// <summary>Notes that the account has read it. The reply is null when the account has no such conversation.</summary>
public sealed record ReadConversation(AccountId Account, long Id);

/// <summary>Puts a conversation away, for this account only; a new post begins it anew. False: there is none.</summary>
public sealed record EndConversation(AccountId Account, long Id);

/// <summary>The conversation that a direct post is in, as the account has it now. The reply is null when it is in none
/// of the account's.</summary>
/// <param name="Seq">The place in the feed that says so: the post's own, or an edit's that names the account.</param>
public sealed record GetConversationOf(AccountId Account, PostId Post, uint Seq);

/// <summary>A page of the direct posts of all of an account's conversations, newest first.</summary>
public sealed record ListDirect(AccountId Account, DirectRange Range);

/// <param name="HasOlder">Whether there are older ones.</param>
public sealed record DirectPage(IReadOnlyList<PostId> Posts, bool HasOlder);
