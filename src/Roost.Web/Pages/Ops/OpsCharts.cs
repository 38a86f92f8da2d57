using Roost.Rpc.Admin;
using Roost.Web.Pages.Languages;

namespace Roost.Web.Pages.Ops;

/// <summary>One line of a chart: a figure, or its share of itself and another.</summary>
internal sealed record OpsLine(string Label, Figure Figure, Figure? Other = null)
{
    public float[] Of(RecordedFigures recorded)
    {
        var values = recorded.Of(Figure);
        if (Other is null) return values;
        var others = recorded.Of(Other);
        // Of nothing there is no share: that is a gap.
        return [.. values.Select((value, i) => value / (value + others[i]))];
    }
}

/// <param name="Name">As in its picture's address.</param>
internal sealed record OpsChart(string Name, string Title, ChartUnit Unit, IReadOnlyList<OpsLine> Lines);

/// <summary>The charts of <c>/ops/live</c>, what matters most first.</summary>
internal static class OpsCharts
{
    public static IReadOnlyList<OpsChart> Of(Language language)
    {
        return
        [
            .. Work(language.Text), .. Ways(language.Text),
            new("cpu", T("Processor, in cores"), ChartUnit.Number, [new(T("This process"), ProcessFigures.Processor)]),
            new(
                "memory", T("Memory"), ChartUnit.Bytes,
                [new(T("In all"), ProcessFigures.Memory), new(T("Managed"), ProcessFigures.Heap)]),
        ];

        string T(string english) => language.Text(english);
    }

    /// <summary>How much is done.</summary>
    private static IEnumerable<OpsChart> Work(Func<string, string> T) =>
    [
        new(
            "requests", T("Requests a second"), ChartUnit.Number,
            [
                new(T("Answered"), LiveFigures.Answered), new(T("Refused (4xx)"), LiveFigures.Refused),
                new(T("Failed (5xx)"), LiveFigures.Failed),
            ]),
        new(
            "posts", T("Posts a second"), ChartUnit.Number,
            [new(T("Posts, boosts, favourites, edits"), LiveFigures.Written)]),
        new(
            "deliveries", T("Deliveries a second"), ChartUnit.Number,
            [new(T("Into inboxes"), LiveFigures.Deliveries)]),
        new("streams", T("Open streams"), ChartUnit.Number, [new(T("Open"), LiveFigures.Streams)]),
        new(
            "messages", T("Messages to streams a second"), ChartUnit.Number, [new(T("Sent"), LiveFigures.Messages)]),
    ];

    /// <summary>How long it takes, and what waits.</summary>
    private static IEnumerable<OpsChart> Ways(Func<string, string> T) =>
    [
        new(
            "lag", T("What waits"), ChartUnit.Number,
            [
                new(T("Fan-out"), LiveFigures.FanOutLag), new(T("Search index"), LiveFigures.SearchLag),
                new(T("Notifications"), LiveFigures.NoticesLag), new(T("Streams"), LiveFigures.StreamsLag),
                new(T("Conversations"), LiveFigures.ConversationsLag),
                new(T("Media"), LiveFigures.MediaLag), new(T("Push messages"), LiveFigures.AlertsWaiting),
            ]),
        new(
            "to-inbox", T("From a post to its last inbox"), ChartUnit.Seconds,
            [new(T("Half of them"), LiveFigures.ToInboxP50), new(T("99 of 100"), LiveFigures.ToInboxP99)]),
        new(
            "to-socket", T("From a post to its last stream"), ChartUnit.Seconds,
            [new(T("Half of them"), LiveFigures.ToSocketP50), new(T("99 of 100"), LiveFigures.ToSocketP99)]),
        new(
            "commit", T("Until posts are on disk"), ChartUnit.Seconds,
            [new(T("Half of them"), LiveFigures.CommitP50), new(T("99 of 100"), LiveFigures.CommitP99)]),
        new(
            "hits", T("Home pages from the inbox"), ChartUnit.Share,
            [new(T("Of all"), LiveFigures.FromInbox, LiveFigures.FromFallback)]),
        new(
            "media", T("Pictures"), ChartUnit.Seconds,
            [new(T("Until it is ready, 99 of 100"), LiveFigures.PictureP99)]),
    ];
}
