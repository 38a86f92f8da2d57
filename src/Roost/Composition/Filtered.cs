using Roost.Rpc.Filters;
using Roost.Services.AnnualReports;
using Roost.Services.Cards;
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
using Roost.Services.Settings;
using Roost.Services.Storage;
using Roost.Services.Timelines;
using Roost.Services.Translation;
using Roost.Services.Users;
using Roost.Services.WebPush;

namespace Roost.Composition;

/// <summary>Puts every service behind the process's filters, under the name that it has in metrics and
/// errors.</summary>
internal static class Filtered
{
    /// <summary>Loading and waiting for what was loaded take as long as they take.</summary>
    private static readonly MethodLimits _bulk = new() { TimeoutMax = Timeout.InfiniteTimeSpan };

    /// <summary>Each that waits holds its picture in memory.</summary>
    public static readonly MethodLimits Pictures =
        new() { TimeoutMax = TimeSpan.FromSeconds(60), AtWorkMax = 16, WaitingMax = 64 };

    public static UsersApi With(this UsersApi users, ServiceStack stack) => new(
        Create: stack.Wrap("users.create", users.Create),
        Import: stack.Wrap("users.import", users.Import, _bulk),
        Get: stack.Wrap("users.get", users.Get),
        Find: stack.Wrap("users.find", users.Find),
        VerifyPassword: stack.Wrap("users.verify_password", users.VerifyPassword),
        SetPassword: stack.Wrap("users.set_password", users.SetPassword),
        Count: stack.Wrap("users.count", users.Count),
        CreateApp: stack.Wrap("users.create_app", users.CreateApp),
        FindApp: stack.Wrap("users.find_app", users.FindApp),
        GetApp: stack.Wrap("users.get_app", users.GetApp),
        CreateGrant: stack.Wrap("users.create_grant", users.CreateGrant),
        RedeemGrant: stack.Wrap("users.redeem_grant", users.RedeemGrant),
        CreateToken: stack.Wrap("users.create_token", users.CreateToken),
        CreateTokens: stack.Wrap("users.create_tokens", users.CreateTokens, _bulk),
        FindToken: stack.Wrap("users.find_token", users.FindToken),
        FindTokens: stack.Wrap("users.find_tokens", users.FindTokens),
        RevokeToken: stack.Wrap("users.revoke_token", users.RevokeToken),
        Change: stack.Wrap("users.change", users.Change),
        TokensVersion: stack.Wrap("users.tokens_version", users.TokensVersion),
        Renew: stack.Wrap("users.renew", users.Renew));

    public static ModerationApi With(this ModerationApi moderation, ServiceStack stack) => new(
        List: stack.Wrap("users.list", moderation.List),
        Joined: stack.Wrap("users.list_joined", moderation.Joined),
        Look: stack.Wrap("users.look", moderation.Look),
        LookUp: stack.Wrap("users.look_up", moderation.LookUp),
        Change: stack.Wrap("users.change_standing", moderation.Change),
        ChangeEmail: stack.Wrap("users.change_email", moderation.ChangeEmail),
        Erase: stack.Wrap("users.erase", moderation.Erase),
        Sessions: stack.Wrap("users.sessions", moderation.Sessions),
        EndSession: stack.Wrap("users.end_session", moderation.EndSession));

    public static FiguresApi With(this FiguresApi figures, ServiceStack stack) => new(
        Visits: stack.Wrap("users.visits", figures.Visits),
        Joins: stack.Wrap("users.joins", figures.Joins),
        Active: stack.Wrap("users.active", figures.Active),
        Retention: stack.Wrap("users.retention", figures.Retention),
        Origins: stack.Wrap("users.origins", figures.Origins));

    public static FilterListsApi With(this FilterListsApi lists, ServiceStack stack) => new(
        OfMany: stack.Wrap("filters.lists_of_many", lists.OfMany),
        Changes: stack.Wrap("filters.changes", lists.Changes));

    public static CommunityFeedApi With(this CommunityFeedApi feed, ServiceStack stack) => new(
        Emojis: stack.Wrap("community.emojis", feed.Emojis),
        Announcements: stack.Wrap("community.announcement_changes", feed.Announcements));

    public static PostFeedApi With(this PostFeedApi feed, ServiceStack stack) => new(
        Events: stack.Wrap("posts.events", feed.Events));

    public static NoticeFeedApi With(this NoticeFeedApi feed, ServiceStack stack) => new(
        Told: stack.Wrap("notifications.told", feed.Told),
        Merges: stack.Wrap("notifications.merges", feed.Merges));

    public static NoticeCuesApi With(this NoticeCuesApi cues, ServiceStack stack) => new(
        Await: stack.Wrap("notifications.cues", cues.Await));

    public static CardLookupApi With(this CardLookupApi cards, ServiceStack stack) => new(
        LookUp: stack.Wrap("cards.look_up", cards.LookUp));

    public static ReadQueriesApi With(this ReadQueriesApi queries, ServiceStack stack) => new(
        Read: stack.Wrap("search.read_query", queries.Read));

    public static SettingsApi With(this SettingsApi settings, ServiceStack stack) => new(
        Get: stack.Wrap("settings.get", settings.Get));

    public static OutlinesApi With(this OutlinesApi outlines, ServiceStack stack) => new(
        Home: stack.Wrap("timelines.home_stamped", outlines.Home),
        Of: stack.Wrap("timelines.stamped", outlines.Of));

    public static ReadIndexApi With(this ReadIndexApi index, ServiceStack stack) => new(
        Ask: stack.Wrap("timelines.ask_read_index", index.Ask));

    public static StorageApi With(this StorageApi storage, ServiceStack stack) => new(
        Space: stack.Wrap("storage.space", storage.Space));

    public static TranslationApi With(this TranslationApi translation, ServiceStack stack) => new(
        IsOn: translation.IsOn,
        Translate: stack.Wrap("translation.translate", translation.Translate),
        Pairs: stack.Wrap("translation.pairs", translation.Pairs));

    public static CommunityApi With(this CommunityApi community, ServiceStack stack) => new(
        Emojis: community.Emojis,
        AddEmoji: stack.Wrap("community.add_emoji", community.AddEmoji),
        RemoveEmoji: stack.Wrap("community.remove_emoji", community.RemoveEmoji),
        Announcements: stack.Wrap("community.announcements", community.Announcements),
        AddAnnouncement: stack.Wrap("community.add_announcement", community.AddAnnouncement),
        RemoveAnnouncement: stack.Wrap("community.remove_announcement", community.RemoveAnnouncement),
        Dismiss: stack.Wrap("community.dismiss_announcement", community.Dismiss),
        React: stack.Wrap("community.react_to_announcement", community.React),
        File: stack.Wrap("community.file_report", community.File),
        Reports: stack.Wrap("community.reports", community.Reports),
        Report: stack.Wrap("community.report", community.Report),
        ChangeReport: stack.Wrap("community.change_report", community.ChangeReport),
        CountReports: stack.Wrap("community.count_reports", community.CountReports),
        Warn: stack.Wrap("community.warn_account", community.Warn),
        Warning: stack.Wrap("community.warning", community.Warning),
        NewestWarning: stack.Wrap("community.newest_warning", community.NewestWarning),
        LastWarning: stack.Wrap("community.last_warning", community.LastWarning),
        Blocks: stack.Wrap("community.blocks", community.Blocks),
        PutBlock: stack.Wrap("community.put_block", community.PutBlock),
        RemoveBlock: stack.Wrap("community.remove_block", community.RemoveBlock),
        Note: stack.Wrap("community.note_action", community.Note),
        Actions: stack.Wrap("community.actions", community.Actions),
        ReviewTrend: stack.Wrap("community.review_trend", community.ReviewTrend),
        TrendReviews: stack.Wrap("community.trend_reviews", community.TrendReviews),
        Feed: community.Feed);

    public static AnnualReportsApi With(this AnnualReportsApi reports, ServiceStack stack) => new(
        State: stack.Wrap("annual_reports.state", reports.State),
        Make: stack.Wrap("annual_reports.make", reports.Make),
        Unread: stack.Wrap("annual_reports.unread", reports.Unread),
        Get: stack.Wrap("annual_reports.get", reports.Get),
        Read: stack.Wrap("annual_reports.read", reports.Read),
        Erase: stack.Wrap("annual_reports.erase", reports.Erase),
        Made: stack.Wrap("annual_reports.made", reports.Made));

    public static GraphApi With(this GraphApi graph, ServiceStack stack) => new(
        Follow: stack.Wrap("graph.follow", graph.Follow),
        Unfollow: stack.Wrap("graph.unfollow", graph.Unfollow),
        Import: stack.Wrap("graph.import", graph.Import, _bulk),
        Relationships: stack.Wrap("graph.relationships", graph.Relationships),
        Counts: stack.Wrap("graph.counts", graph.Counts),
        List: stack.Wrap("graph.list", graph.List),
        Followees: stack.Wrap("graph.followees", graph.Followees),
        Followers: stack.Wrap("graph.followers", graph.Followers),
        FollowersOfMany: stack.Wrap("graph.followers_of_many", graph.FollowersOfMany),
        Rules: stack.Wrap("graph.rules", graph.Rules),
        Subscribers: stack.Wrap("graph.subscribers", graph.Subscribers),
        NewestTie: stack.Wrap("graph.newest_tie", graph.NewestTie),
        NewFollows: stack.Wrap("graph.new_follows", graph.NewFollows),
        RulesOfMany: stack.Wrap("graph.rules_of_many", graph.RulesOfMany),
        Feed: graph.Feed);

    public static RelationsApi With(this RelationsApi relations, ServiceStack stack) => new(
        Block: stack.Wrap("graph.block", relations.Block),
        Unblock: stack.Wrap("graph.unblock", relations.Unblock),
        Mute: stack.Wrap("graph.mute", relations.Mute),
        Unmute: stack.Wrap("graph.unmute", relations.Unmute),
        Answer: stack.Wrap("graph.answer_request", relations.Answer),
        AcceptAll: stack.Wrap("graph.accept_requests", relations.AcceptAll),
        Note: stack.Wrap("graph.note", relations.Note),
        Endorse: stack.Wrap("graph.endorse", relations.Endorse),
        BlockDomain: stack.Wrap("graph.block_domain", relations.BlockDomain),
        List: stack.Wrap("graph.list_relations", relations.List),
        Domains: stack.Wrap("graph.list_domain_blocks", relations.Domains),
        Familiar: stack.Wrap("graph.familiar", relations.Familiar),
        CountRequests: stack.Wrap("graph.count_requests", relations.CountRequests));

    public static ListsApi With(this ListsApi lists, ServiceStack stack) => new(
        All: stack.Wrap("lists.all", lists.All),
        Get: stack.Wrap("lists.get", lists.Get),
        Make: stack.Wrap("lists.make", lists.Make),
        Change: stack.Wrap("lists.change", lists.Change),
        End: stack.Wrap("lists.end", lists.End),
        Members: stack.Wrap("lists.change_members", lists.Members));

    public static TagsApi With(this TagsApi tags, ServiceStack stack) => new(
        Follow: stack.Wrap("tags.follow", tags.Follow),
        Feature: stack.Wrap("tags.feature", tags.Feature),
        Followed: stack.Wrap("tags.list_followed", tags.Followed),
        Of: stack.Wrap("tags.of", tags.Of),
        Followers: stack.Wrap("tags.followers", tags.Followers));

    public static SuggestionsApi With(this SuggestionsApi suggestions, ServiceStack stack) => new(
        Friends: stack.Wrap("graph.list_friends", suggestions.Friends),
        Suggest: stack.Wrap("graph.suggest", suggestions.Suggest),
        Dismiss: stack.Wrap("graph.dismiss_suggestion", suggestions.Dismiss));

    public static FeedsApi With(this FeedsApi feeds, ServiceStack stack) => new(
        Ties: stack.Wrap("graph.feeds_ties", feeds.Ties),
        Steps: stack.Wrap("graph.feeds_steps", feeds.Steps),
        Part: stack.Wrap("graph.feeds_part", feeds.Part));

    public static MediaApi With(this MediaApi media, ServiceStack stack) => new(
        Upload: stack.Wrap("media.upload", media.Upload, Pictures),
        Get: stack.Wrap("media.get", media.Get),
        Describe: stack.Wrap("media.describe", media.Describe),
        Use: stack.Wrap("media.use", media.Use),
        Free: stack.Wrap("media.free", media.Free),
        Settle: stack.Wrap("media.settle", media.Settle),
        Settled: stack.Wrap("media.settled", media.Settled),
        Delete: stack.Wrap("media.delete", media.Delete),
        Find: stack.Wrap("media.find", media.Find),
        Part: stack.Wrap("media.part", media.Part),
        Limits: media.Limits);

    public static PostsApi With(this PostsApi posts, ServiceStack stack) => new(
        Create: stack.Wrap("posts.create", posts.Create),
        CreateMany: stack.Wrap("posts.create_many", posts.CreateMany),
        Edit: stack.Wrap("posts.edit", posts.Edit),
        Redescribe: stack.Wrap("posts.redescribe", posts.Redescribe),
        Delete: stack.Wrap("posts.delete", posts.Delete),
        Boost: stack.Wrap("posts.boost", posts.Boost),
        Unboost: stack.Wrap("posts.unboost", posts.Unboost),
        Favourite: stack.Wrap("posts.favourite", posts.Favourite),
        Unfavourite: stack.Wrap("posts.unfavourite", posts.Unfavourite),
        Import: stack.Wrap("posts.import", posts.Import, _bulk),
        Get: stack.Wrap("posts.get", posts.Get),
        Show: stack.Wrap("posts.show", posts.Show),
        Outline: stack.Wrap("posts.outline", posts.Outline),
        Read: stack.Wrap("posts.read", posts.Read),
        Texts: stack.Wrap("posts.texts", posts.Texts),
        Boosts: stack.Wrap("posts.boosts", posts.Boosts),
        Counts: stack.Wrap("posts.counts", posts.Counts),
        Newest: stack.Wrap("posts.newest", posts.Newest),
        Locate: stack.Wrap("posts.locate", posts.Locate),
        Activity: stack.Wrap("posts.activity", posts.Activity),
        IdAt: stack.Wrap("posts.id_at", posts.IdAt),
        Thread: stack.Wrap("posts.thread", posts.Thread),
        History: stack.Wrap("posts.history", posts.History),
        Versions: stack.Wrap("posts.versions", posts.Versions),
        IsPosted: stack.Wrap("posts.is_posted", posts.IsPosted),
        Records: stack.Wrap("posts.records", posts.Records),
        Feed: posts.Feed);

    public static ConversationsApi With(this ConversationsApi conversations, ServiceStack stack) => new(
        List: stack.Wrap("conversations.list", conversations.List),
        Read: stack.Wrap("conversations.read", conversations.Read),
        End: stack.Wrap("conversations.end", conversations.End),
        Direct: stack.Wrap("conversations.direct", conversations.Direct),
        Of: stack.Wrap("conversations.of_post", conversations.Of));

    public static CollectionsApi With(this CollectionsApi collections, ServiceStack stack) => new(
        Make: stack.Wrap("collections.make", collections.Make),
        Change: stack.Wrap("collections.change", collections.Change),
        End: stack.Wrap("collections.end", collections.End),
        Get: stack.Wrap("collections.get", collections.Get),
        List: stack.Wrap("collections.list", collections.List),
        Add: stack.Wrap("collections.add", collections.Add),
        Remove: stack.Wrap("collections.remove", collections.Remove),
        Leave: stack.Wrap("collections.leave", collections.Leave),
        Erase: stack.Wrap("collections.erase", collections.Erase));

    public static ScheduledApi With(this ScheduledApi scheduled, ServiceStack stack) => new(
        Schedule: stack.Wrap("scheduled.schedule", scheduled.Schedule),
        List: stack.Wrap("scheduled.list", scheduled.List),
        Get: stack.Wrap("scheduled.get", scheduled.Get),
        Reschedule: stack.Wrap("scheduled.reschedule", scheduled.Reschedule),
        Cancel: stack.Wrap("scheduled.cancel", scheduled.Cancel));

    public static PollsApi With(this PollsApi polls, ServiceStack stack) => new(
        Vote: stack.Wrap("polls.vote", polls.Vote),
        Ended: stack.Wrap("polls.ended", polls.Ended),
        NextEnd: stack.Wrap("polls.next_end", polls.NextEnd),
        Voters: stack.Wrap("polls.voters", polls.Voters),
        Added: polls.Added);

    public static QuotesApi With(this QuotesApi quotes, ServiceStack stack) => new(
        SetPolicy: stack.Wrap("quotes.set_policy", quotes.SetPolicy),
        Revoke: stack.Wrap("quotes.revoke", quotes.Revoke),
        List: stack.Wrap("quotes.list", quotes.List),
        Quoting: stack.Wrap("quotes.quoting", quotes.Quoting));

    public static MarksApi With(this MarksApi marks, ServiceStack stack) => new(
        Mark: stack.Wrap("posts.mark", marks.Mark),
        Marked: stack.Wrap("posts.list_marked", marks.Marked),
        Markers: stack.Wrap("posts.list_markers", marks.Markers),
        Muted: stack.Wrap("posts.find_muted_threads", marks.Muted),
        Own: stack.Wrap("posts.list_own_marks", marks.Own),
        Active: stack.Wrap("posts.list_active", marks.Active));

    public static TimelinesApi With(this TimelinesApi timelines, ServiceStack stack) => new(
        Home: stack.Wrap("timelines.home", timelines.Home),
        HomeOutline: stack.Wrap("timelines.home_outline", timelines.HomeOutline),
        Public: stack.Wrap("timelines.public", timelines.Public),
        Account: stack.Wrap("timelines.account", timelines.Account),
        List: stack.Wrap("timelines.list", timelines.List),
        Hydrate: stack.Wrap("timelines.hydrate", timelines.Hydrate),
        Outline: stack.Wrap("timelines.outline", timelines.Outline),
        Accounts: stack.Wrap("timelines.accounts", timelines.Accounts),
        Activate: stack.Wrap("timelines.activate", timelines.Activate, _bulk),
        FanOut: stack.Wrap("timelines.fan_out", timelines.FanOut, _bulk));

    public static NotificationsApi With(this NotificationsApi notifications, ServiceStack stack) => new(
        List: stack.Wrap("notifications.list", notifications.List),
        Get: stack.Wrap("notifications.get", notifications.Get),
        Dismiss: stack.Wrap("notifications.dismiss", notifications.Dismiss),
        Clear: stack.Wrap("notifications.clear", notifications.Clear),
        Unread: stack.Wrap("notifications.unread", notifications.Unread),
        Groups: stack.Wrap("notifications.groups", notifications.Groups),
        Group: stack.Wrap("notifications.group", notifications.Group),
        GroupSenders: stack.Wrap("notifications.group_senders", notifications.GroupSenders),
        DismissGroup: stack.Wrap("notifications.dismiss_group", notifications.DismissGroup),
        Markers: stack.Wrap("notifications.markers", notifications.Markers),
        SetMarker: stack.Wrap("notifications.set_marker", notifications.SetMarker),
        Caught: stack.Wrap("notifications.caught", notifications.Caught, _bulk),
        Newest: stack.Wrap("notifications.newest", notifications.Newest),
        Feed: notifications.Feed);

    /// <summary>But for the looks into memory that every page takes, and every post on streams: they wait for nothing.
    /// </summary>
    public static FiltersApi With(this FiltersApi filters, ServiceStack stack) => new(
        Of: filters.Of,
        OfMany: filters.OfMany,
        All: stack.Wrap("filters.all", filters.All),
        Make: stack.Wrap("filters.make", filters.Make),
        Change: stack.Wrap("filters.change", filters.Change),
        End: stack.Wrap("filters.end", filters.End),
        AddKeyword: stack.Wrap("filters.add_keyword", filters.AddKeyword),
        ChangeKeyword: stack.Wrap("filters.change_keyword", filters.ChangeKeyword),
        EndKeyword: stack.Wrap("filters.end_keyword", filters.EndKeyword),
        AddPost: stack.Wrap("filters.add_post", filters.AddPost),
        EndPost: stack.Wrap("filters.end_post", filters.EndPost),
        Feed: filters.Feed);

    /// <summary>But for the look into memory that every post with a link takes.</summary>
    public static Services.Cards.CardsApi With(this Services.Cards.CardsApi cards, ServiceStack stack) => new(
        LookUp: cards.LookUp,
        Settled: stack.Wrap("cards.settled", cards.Settled, _bulk));

    public static NoticePolicyApi With(this NoticePolicyApi policy, ServiceStack stack) => new(
        Get: stack.Wrap("notifications.get_policy", policy.Get),
        Set: stack.Wrap("notifications.set_policy", policy.Set),
        Requests: stack.Wrap("notifications.list_requests", policy.Requests),
        Request: stack.Wrap("notifications.get_request", policy.Request),
        Answer: stack.Wrap("notifications.answer_requests", policy.Answer),
        Feed: policy.Feed);

    public static ShardApi With(this ShardApi shard, ServiceStack stack) => new(
        Search: stack.Wrap("search.shard_search", shard.Search));

    public static SearchApi With(this SearchApi search, ServiceStack stack) => new(
        Posts: stack.Wrap("search.posts", search.Posts),
        Tagged: stack.Wrap("search.tagged", search.Tagged),
        Linked: stack.Wrap("search.linked", search.Linked),
        CountTagged: stack.Wrap("search.count_tagged", search.CountTagged),
        Query: stack.Wrap("search.query", search.Query),
        Matching: stack.Wrap("search.matching", search.Matching),
        People: stack.Wrap("search.people", search.People),
        Tags: stack.Wrap("search.tags", search.Tags),
        Tag: stack.Wrap("search.tag", search.Tag),
        TrendingTags: stack.Wrap("search.trending_tags", search.TrendingTags),
        TrendingLinks: stack.Wrap("search.trending_links", search.TrendingLinks),
        TrendingPosts: stack.Wrap("search.trending_posts", search.TrendingPosts),
        Ingested: stack.Wrap("search.ingested", search.Ingested, _bulk));

    public static PushApi With(this PushApi push, ServiceStack stack) => new(
        Attach: push.Attach,
        Open: stack.Wrap("push.open", push.Open),
        Close: push.Close,
        Replay: stack.Wrap("push.replay", push.Replay),
        Pushed: stack.Wrap("push.pushed", push.Pushed, _bulk));

    public static WebPushApi With(this WebPushApi push, ServiceStack stack) => new(
        Attach: push.Attach,
        Key: stack.Wrap("web_push.key", push.Key),
        Subscribe: stack.Wrap("web_push.subscribe", push.Subscribe),
        Get: stack.Wrap("web_push.get", push.Get),
        Change: stack.Wrap("web_push.change", push.Change),
        End: stack.Wrap("web_push.end", push.End),
        Sent: stack.Wrap("web_push.sent", push.Sent, _bulk));
}
