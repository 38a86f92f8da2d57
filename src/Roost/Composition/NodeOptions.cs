using Roost.Engine.Graph;
using Roost.Rpc.Filters;
using Roost.Services.AnnualReports;
using Roost.Services.Cards;
using Roost.Services.Graph.Replicas;
using Roost.Services.Media;
using Roost.Services.Notifications;
using Roost.Services.Posts;
using Roost.Services.Push;
using Roost.Services.Search;
using Roost.Services.Timelines;
using Roost.Services.Translation;
using Roost.Services.Users;
using Roost.Services.WebPush;

namespace Roost.Composition;

/// <summary>How a node is set up: where its data is, and each service's own options.</summary>
/// <param name="DataDirectory">Made when it is not there.</param>
public sealed record NodeOptions(string DataDirectory)
{
    /// <summary>The connection string of the PostgreSQL database that has the services' databases; null: where the
    /// directory says that they are, in files of its own if it says nothing.</summary>
    public string? Database { get; init; }

    /// <summary>The directory for pictures and keys, which nodes that stand by for each other share; null: where they
    /// were before, in the data directory unless told.</summary>
    public string? Files { get; init; }

    public UsersOptions Users { get; init; } = new();

    /// <summary>Where the Users service runs; null: in this node.</summary>
    public Elsewhere? UsersElsewhere { get; init; }

    /// <summary>Where the Graph service runs; null: in this node.</summary>
    public Elsewhere? GraphElsewhere { get; init; }

    /// <summary>Where the Media service runs; null: in this node.</summary>
    public Elsewhere? MediaElsewhere { get; init; }

    /// <summary>Where the Notifications service runs, and WebPush with it; null: in this node.</summary>
    public Elsewhere? NotificationsElsewhere { get; init; }

    /// <summary>Where the shards of the search index run, in their order; null: the index is in this node.</summary>
    public IReadOnlyList<Elsewhere>? SearchElsewhere { get; init; }

    /// <summary>A Graph service that somebody else in this process runs, to have a replica of; for tests.</summary>
    internal GraphSource? GraphSource { get; init; }

    /// <summary>How it waits while another process serves; null: it does not, and is refused.</summary>
    internal StandBy? StandBy { get; init; }

    public MediaOptions Media { get; init; } = new();

    public PostsOptions Posts { get; init; } = new();

    public NotificationsOptions Notifications { get; init; } = new();

    public TimelinesOptions Timelines { get; init; } = new();

    /// <summary>Follows to begin with, in memory only: for worlds of a hundred million follows that are played once and
    /// thrown away, which storing would take minutes and ten gigabytes. Null: those in the data directory.</summary>
    internal FollowGraph? Follows { get; init; }

    public SearchOptions Search { get; init; } = new();

    /// <summary>Fetches nothing unless told.</summary>
    public CardsOptions Cards { get; init; } = new();

    /// <summary>Translates nothing unless told.</summary>
    public TranslationOptions Translation { get; init; } = new();

    public AnnualReportsOptions AnnualReports { get; init; } = new();

    /// <summary>Whether streams are matched here, for a client port in this process. Where notifications are
    /// elsewhere they cannot be: that process waits for this one.</summary>
    public bool HasStreams { get; init; } = true;

    public PushOptions Push { get; init; } = new();

    public WebPushOptions WebPush { get; init; } = new();

    /// <summary>What each call of a service may take.</summary>
    public MethodLimits Calls { get; init; } = new();
}
