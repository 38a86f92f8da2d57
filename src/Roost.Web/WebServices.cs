using Roost.Rpc.Admin;
using Roost.Rpc.Admin.Network;
using Roost.Services.AnnualReports;
using Roost.Services.Collections;
using Roost.Services.Community;
using Roost.Services.Conversations;
using Roost.Services.Filters;
using Roost.Services.Graph;
using Roost.Services.Media;
using Roost.Services.Notifications;
using Roost.Services.Posts;
using Roost.Services.Push;
using Roost.Services.Scheduled;
using Roost.Services.Search;
using Roost.Services.Storage;
using Roost.Services.Timelines;
using Roost.Services.Translation;
using Roost.Services.Users;
using Roost.Services.WebPush;

namespace Roost.Web;

/// <summary>
/// The services that the client API and the pages are made of; in this process or far away, Web cannot tell.
/// </summary>
public sealed record WebServices(
    UsersApi Users, GraphApi Graph, RelationsApi Relations, ListsApi Lists, PostsApi Posts, TimelinesApi Timelines,
    SearchApi Search, MediaApi Media, MarksApi Marks, TagsApi Tags,
    SuggestionsApi Suggestions,
    NotificationsApi Notifications, NoticePolicyApi NoticePolicy, FiltersApi Filters, PushApi Push,
    ConversationsApi Conversations, PollsApi Polls, ScheduledApi Scheduled)
{
    /// <summary>What there is to say about links.</summary>
    public Services.Cards.CardsApi Cards { get; init; } = Services.Cards.CardsApi.None;

    public required ModerationApi Moderation { get; init; }

    public required FiguresApi Figures { get; init; }

    public required StorageApi Storage { get; init; }

    public TranslationApi Translation { get; init; } = TranslationApi.None;

    public required QuotesApi Quotes { get; init; }

    public required CommunityApi Community { get; init; }

    public required WebPushApi WebPush { get; init; }

    public required CollectionsApi Collections { get; init; }

    public required AnnualReportsApi AnnualReports { get; init; }

    /// <summary>What the process did in the last hour, with the figures of <c>LiveFigures</c>; null where nothing
    /// records it.</summary>
    public MetricsHistory? History { get; init; }

    /// <summary>This process and those that it knows of; null where nothing fails or is counted.</summary>
    public NetworkView? Network { get; init; }
}
