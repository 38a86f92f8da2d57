using Roost.Rpc.Remote;
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
using Roost.Services.Scheduled;
using Roost.Services.Search;
using Roost.Services.Settings;
using Roost.Services.Storage;
using Roost.Services.Timelines;
using Roost.Services.Translation;
using Roost.Services.Users;
using Roost.Services.WebPush;

namespace Roost.Composition;

/// <summary>All that a node answers for processes elsewhere: what Web is made of, and the feeds that streams are told
/// from. What it has from others it passes on.</summary>
internal static class NodeContracts
{
    /// <summary>Before the endpoints are mapped.</summary>
    public static void Serve(RemoteServices remote, Node node)
    {
        var more = node.ForWeb;
        UsersRemote.Serve(remote, node.Users, node.Moderation, node.Figures);
        GraphRemote.Serve(
            remote, node.Graph, node.Relations, node.Lists, node.Tags, node.Suggestions, node.GraphFeeds);
        MediaRemote.Serve(remote, node.Media);
        PostsRemote.Serve(remote, node.Posts, node.Marks, node.Polls, node.Quotes, more.Posts);
        TimelinesRemote.Serve(remote, node.Timelines, more.Outlines, more.Index);
        NotificationsRemote.Serve(remote, node.Notifications);
        NotificationsRemote.Serve(remote, node.NoticePolicy);
        NotificationsRemote.Serve(remote, more.Notices);
        if (more.Cues is not null) NotificationsRemote.Serve(remote, more.Cues);
        FiltersRemote.Serve(remote, node.Filters, more.Filters);
        SearchRemote.Serve(remote, node.Search);
        SearchRemote.Serve(remote, more.Queries);
        CommunityRemote.Serve(remote, node.Community, more.Community);
        ConversationsRemote.Serve(remote, node.Conversations);
        ScheduledRemote.Serve(remote, node.Scheduled);
        CollectionsRemote.Serve(remote, node.Collections);
        AnnualReportsRemote.Serve(remote, node.AnnualReports);
        WebPushRemote.Serve(remote, node.WebPush);
        CardsRemote.Serve(remote, node.Cards, more.Cards);
        TranslationRemote.Serve(remote, node.Translation);
        StorageRemote.Serve(remote, node.Storage);
        SettingsRemote.Serve(remote, more.Settings);
    }
}
