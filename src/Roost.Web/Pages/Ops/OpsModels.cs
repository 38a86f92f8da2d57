using Roost.Rpc.Admin.Errors;
using Roost.Rpc.Admin.Network;
using Roost.Services.Community;
using Roost.Services.Timelines;
using Roost.Services.Users;
using Roost.Web.Pages.Languages;

namespace Roost.Web.Pages.Ops;

/// <summary>What waits for somebody who looks after the community, and how the server stands.</summary>
/// <param name="Waiting">Those who have asked to join, newest first.</param>
/// <param name="Figures">Names of figures, and what they are now; empty for who may not see them.</param>
/// <param name="Settings">The configuration in force; empty for who may not see it.</param>
public sealed record OpsModel(
    PageFrame Frame, IReadOnlyList<AccountRecord> Waiting, IReadOnlyList<ReportLine> Reports,
    IReadOnlyList<(string Name, string Value)> Figures, IReadOnlyList<DiskUse> Disk, IReadOnlyList<Setting> Settings)
{
    /// <summary>What was just done, in words, or null.</summary>
    public string? Done { get; init; }

    /// <summary>The answer to a report that was refused, or null.</summary>
    public GivenAction? Given { get; init; }
}

/// <param name="Name">The option's own.</param>
/// <param name="Label">The same in words.</param>
public sealed record Setting(string Name, string Label, string Value);

/// <summary>Accounts, the newest first.</summary>
/// <param name="Mine">The role of who looks: acted on are those with a lower one.</param>
/// <param name="Query">What was looked for; empty for everybody.</param>
/// <param name="Status">Which of them; empty for all.</param>
public sealed record PeopleModel(
    PageFrame Frame, AccountRole Mine, string Query, string Status, IReadOnlyList<AccountRecord> Records,
    string? OlderUrl)
{
    /// <inheritdoc cref="OpsModel.Done"/>
    public string? Done { get; init; }

    /// <summary>What was to be done with an account, and was refused; or null.</summary>
    public GivenAction? Given { get; init; }
}

/// <summary>A report that nobody has answered.</summary>
/// <param name="From">Who reported; null when they are gone. So is <paramref name="Target"/>.</param>
/// <param name="Posts">Those posts of it that are there and that everybody may see.</param>
public sealed record ReportLine(Report Report, Account? From, Account? Target, IReadOnlyList<TimelineEntry> Posts);

/// <param name="Share">Of all, in percent.</param>
public sealed record DiskUse(string Part, string Size, int Share);

/// <summary>What fails.</summary>
/// <param name="Errors">Those to look at first.</param>
/// <param name="More">How many there are beside.</param>
/// <param name="Runs">The versions that this process remembers.</param>
public sealed record ErrorsModel(
    PageFrame Frame, NetworkReport Network, IReadOnlyList<NetworkError> Errors, int More,
    IReadOnlyList<RememberedRun> Runs);

/// <summary>The live figures.</summary>
/// <param name="Minutes">How far back they go.</param>
/// <param name="Number">Of the newest step: pictures of another step are other pictures.</param>
/// <param name="Marks">What is marked on the charts, the newest first.</param>
public sealed record LivePageModel(
    PageFrame Frame, int Minutes, long Number, IReadOnlyList<LiveChart> Charts, IReadOnlyList<Mark> Marks);

/// <param name="Name">As in its picture's address.</param>
public sealed record LiveChart(string Name, string Title, IReadOnlyList<LiveLine> Lines);

/// <summary>What a line of a chart is, in words.</summary>
public sealed record LiveLine(string Label, string Now, string Highest)
{
    internal static LiveLine Of(string label, float[] values, ChartUnit unit, Language language) => new(
        label, unit.Text(values.LastOrDefault(float.NaN), language),
        unit.Text(values.Where(float.IsFinite).DefaultIfEmpty(float.NaN).Max(), language));
}

/// <summary>The network.</summary>
/// <param name="Errors">Those to look at first.</param>
/// <param name="Marks">What is marked on charts, the newest first.</param>
/// <param name="Number">Pictures of another number are other pictures.</param>
public sealed record NetworkPageModel(
    PageFrame Frame, NetworkReport Network, NetworkGraph Graph, IReadOnlyList<NetworkError> Errors,
    IReadOnlyList<Mark> Marks, long Number);

/// <summary>One service.</summary>
/// <param name="Own">Its charts.</param>
/// <param name="Called">Those of the services that it calls, with what their calls are.</param>
public sealed record ServicePageModel(
    PageFrame Frame, int Minutes, ServiceNode Service, IReadOnlyList<LiveChart> Own,
    IReadOnlyList<(ServiceEdge Edge, LiveChart Chart)> Called, IReadOnlyList<NetworkError> Errors,
    IReadOnlyList<Mark> Marks, long Number);
