using Roost.Rpc.Admin;

namespace Roost.Web.Pages.Ops;

/// <summary>What is recorded of a process that serves everything: what its page <c>/ops/live</c> shows.</summary>
public static class LiveFigures
{
    internal static Figure Written { get; } = new("posts.written", "roost.post_log.appends", Measure.PerSecond);

    internal static Figure CommitP50 { get; } = new(
        "posts.commit_p50", "roost.post_log.commit.duration", Measure.Median);

    internal static Figure CommitP99 { get; } = new(
        "posts.commit_p99", "roost.post_log.commit.duration", Measure.P99);

    internal static Figure Deliveries { get; } = new(
        "timelines.deliveries", "roost.timelines.deliveries", Measure.PerSecond);

    internal static Figure FromInbox { get; } = new(
        "timelines.from_inbox", "roost.timelines.inbox_reads", Measure.PerSecond, "roost.source", "inbox");

    internal static Figure FromFallback { get; } = new(
        "timelines.from_fallback", "roost.timelines.inbox_reads", Measure.PerSecond, "roost.source", "fallback");

    internal static Figure ToInboxP50 { get; } = new(
        "timelines.to_inbox_p50", "roost.timelines.time_to_inbox", Measure.Median);

    internal static Figure ToInboxP99 { get; } = new(
        "timelines.to_inbox_p99", "roost.timelines.time_to_inbox", Measure.P99);

    internal static Figure Streams { get; } = new("push.streams", "roost.push.streams", Measure.Level);

    internal static Figure Messages { get; } = new("push.messages", "roost.push.messages", Measure.PerSecond);

    internal static Figure ToSocketP50 { get; } = new(
        "push.to_socket_p50", "roost.push.time_to_socket", Measure.Median);

    internal static Figure ToSocketP99 { get; } = new("push.to_socket_p99", "roost.push.time_to_socket", Measure.P99);

    internal static Figure FanOutLag { get; } = new("timelines.lag", "roost.timelines.lag", Measure.Level);

    internal static Figure SearchLag { get; } = new("search.lag", "roost.search.lag", Measure.Level);

    internal static Figure NoticesLag { get; } = new("notifications.lag", "roost.notifications.lag", Measure.Level);

    internal static Figure StreamsLag { get; } = new("push.lag", "roost.push.lag", Measure.Level);

    internal static Figure ConversationsLag { get; } = new(
        "conversations.lag", "roost.conversations.lag", Measure.Level);

    internal static Figure MediaLag { get; } = new("posts.media_lag", "roost.posts.media_lag", Measure.Level);

    internal static Figure AlertsWaiting { get; } = new("webpush.waiting", "roost.webpush.waiting", Measure.Level);

    internal static Figure Answered { get; } = Ended("answered");

    internal static Figure Refused { get; } = Ended("refused");

    internal static Figure Failed { get; } = Ended("failed");

    internal static Figure PictureP99 { get; } = new(
        "media.processing_p99", "roost.media.processing.duration", Measure.P99);

    /// <summary>All requests that ended, however.</summary>
    public static IReadOnlyList<Figure> Requests { get; } = [Answered, Refused, Failed];

    public static IReadOnlyList<Figure> All { get; } =
    [
        Written, CommitP50, CommitP99, Deliveries, FromInbox, FromFallback, ToInboxP50, ToInboxP99, Streams, Messages,
        ToSocketP50, ToSocketP99, FanOutLag, SearchLag, NoticesLag, StreamsLag, ConversationsLag, MediaLag,
        AlertsWaiting, Answered, Refused, Failed, PictureP99,
        ProcessFigures.Processor, ProcessFigures.Memory, ProcessFigures.Heap,
    ];

    private static Figure Ended(string outcome) => new(
        $"web.{outcome}", "roost.web.requests", Measure.PerSecond, "roost.web.outcome", outcome);
}
