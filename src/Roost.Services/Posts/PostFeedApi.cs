using Roost.Rpc;

namespace Roost.Services.Posts;

/// <summary>The feed of posts for processes elsewhere (<see cref="PostsApi.Feed"/>).</summary>
public sealed record PostFeedApi(Service<AwaitPostEvents, PostEventBatch> Events);

/// <summary>The next events after one, in order. The reply comes as soon as there is one, and, empty, when the wait is
/// over.</summary>
/// <param name="After">The seq of the last event that the asker has; 0 for none.</param>
/// <param name="Wait">Above 0, 3 s at most.</param>
public sealed record AwaitPostEvents(uint After, TimeSpan Wait) : IWaitingRequest;

/// <param name="Events">At most 4,096. <see cref="PostEvent.CommittedAt"/> means nothing elsewhere and is 0.</param>
/// <param name="Ages">For each, how long ago it was committed, in microseconds; -1 where that was long ago.</param>
public sealed record PostEventBatch(IReadOnlyList<PostEvent> Events, IReadOnlyList<long> Ages)
{
    public static PostEventBatch None { get; } = new([], []);
}
