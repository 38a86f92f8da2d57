using Roost.Rpc;
using Roost.Services.Conversations;
using Roost.Services.Posts;
using Roost.Services.Timelines;

namespace Roost.Services.Push;

/// <summary>Tells the streams of those who take part in a conversation that it has a direct post more. One thread.
/// </summary>
internal sealed class ConversationMatcher(PushPeers peers)
{
    private readonly List<PushStream> _streams = [];

    /// <summary>Whether an event is about a direct post that is there.</summary>
    public static bool IsAbout(in PostEvent about, PushedKind kind) =>
        about.Visibility == Visibility.Direct && about.Kind == PostEventKind.Post && kind != PushedKind.Delete;

    /// <summary>Adds to the turn an event for each that takes part and listens: as its own list of conversations has
    /// it, so not where that leaves it out.</summary>
    /// <param name="post">As its author sees it.</param>
    /// <param name="told">What is to be told, without its kind and what belongs to it.</param>
    public async ValueTask MatchAsync(
        Post post, PushedEvent told, StreamIndex index, PushTurn turn, CancellationToken ct)
    {
        foreach (var account in post.Mentions.Append(post.Author).Distinct())
        {
            _streams.Clear();
            index.GatherDirect(account, _streams);
            if (_streams.Count == 0)
                continue;
            var conversation = await peers.Conversations.Of(
                new GetConversationOf(account, post.Id, told.Place.Seq), Call.Until(ct));
            if (conversation is null)
                continue;
            var last = await peers.Timelines.Hydrate(
                new HydratePosts(account, [new PostRef(conversation.LastPost, 0, default, default, default)]),
                Call.Until(ct));
            if (last[0] is not { } entry)
                continue;
            var people = await peers.Timelines.Accounts(
                new HydrateAccounts(conversation.Others.Count == 0 ? [account] : conversation.Others),
                Call.Until(ct));
            foreach (var stream in _streams)
                turn.To(stream);
            turn.Add(told with
            {
                Kind = PushedKind.Conversation,
                Entry = null,
                News = new ConversationNews(account, conversation, people, entry),
            });
        }
    }
}
