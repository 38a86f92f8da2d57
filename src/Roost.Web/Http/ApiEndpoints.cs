using Roost.Web.Accounts;
using Roost.Web.Bulk;
using Roost.Web.Collections;
using Roost.Web.Community;
using Roost.Web.Filters;
using Roost.Web.Instance;
using Roost.Web.Lists;
using Roost.Web.Media;
using Roost.Web.Moderation;
using Roost.Web.Notifications;
using Roost.Web.OAuth;
using Roost.Web.Relations;
using Roost.Web.Search;
using Roost.Web.Statuses;
using Roost.Web.Streaming;
using Roost.Web.Tags;
using Roost.Web.Timelines;

namespace Roost.Web.Http;

/// <summary>Every endpoint that programs speak to.</summary>
internal static class ApiEndpoints
{
    public static void Map(ApiRoutes routes)
    {
        RegisterApp.Map(routes);
        VerifyApp.Map(routes);
        IssueToken.Map(routes);
        EndToken.Map(routes);
        Metadata.Map(routes);
        WhoAmI.Map(routes);

        RegisterAccount.Map(routes);
        VerifyCredentials.Map(routes);
        UpdateCredentials.Map(routes);
        OwnProfile.Map(routes);
        GetAccount.Map(routes);
        IdentityProofs.Map(routes);
        ConfirmEmail.Map(routes);
        FollowAccount.Map(routes);
        GetRelationshipsOf.Map(routes);
        ListFollowers.Map(routes);
        ListPosts.Map(routes);
        SuggestPeople.Map(routes);
        ListDirectory.Map(routes);
        AnnualReports.Map(routes);

        CreateStatus.Map(routes);
        GetStatus.Map(routes);
        EditStatus.Map(routes);
        DeleteStatus.Map(routes);
        GetContext.Map(routes);
        ListVersions.Map(routes);
        TranslateStatus.Map(routes);
        KeepPolls.Map(routes);
        GetOEmbed.Map(routes);
        KeepQuotes.Map(routes);
        KeepScheduled.Map(routes);
        ReblogStatus.Map(routes);
        FavouriteStatus.Map(routes);
        MarkStatus.Map(routes);
        ListMarkedStatuses.Map(routes);
        ListStatusMarkers.Map(routes);

        ChangeRelationship.Map(routes);
        ListRelated.Map(routes);
        AnswerFollowRequest.Map(routes);
        DomainBlocks.Map(routes);
        FamiliarFollowers.Map(routes);
        KeepLists.Map(routes);
        KeepMembers.Map(routes);
        KeepCollections.Map(routes);
        KeepCollectionItems.Map(routes);

        UploadMediaFile.Map(routes);
        OwnMedia.Map(routes);
        ServeMedia.Map(routes);

        GetHomeTimeline.Map(routes);
        GetListTimeline.Map(routes);
        GetPublicTimeline.Map(routes);
        KeepConversations.Map(routes);
        GetLinkTimeline.Map(routes);

        ListNotifications.Map(routes);
        ListNotificationGroups.Map(routes);
        KeepMarkers.Map(routes);
        KeepFilters.Map(routes);
        KeepOldFilters.Map(routes);
        KeepNoticePolicy.Map(routes);
        AnswerNoticeRequests.Map(routes);
        KeepPushSubscription.Map(routes);

        MapStreams(routes);

        SearchEverything.Map(routes);
        GetTagTimeline.Map(routes);
        SearchAccounts.Map(routes);
        GetTrending.Map(routes);
        GetTag.Map(routes);
        FollowTags.Map(routes);
        FeatureTags.Map(routes);

        CreatePostsInBulk.Map(routes);

        GetInstance.Map(routes);
        GetNodeInfo.Map(routes);
        GetHealth.Map(routes);
        GetWebFinger.Map(routes);
        GetPreferences.Map(routes);
        InstanceTexts.Map(routes);
        AsyncRefreshes.Map(routes);
        ListEmojis.Map(routes);
        Announcements.Map(routes);
        FileReports.Map(routes);
        AdminEndpoints.Map(routes);
    }

    /// <summary>Those that stay open.</summary>
    public static void MapStreams(ApiRoutes routes)
    {
        OpenEvents.Map(routes);
        OpenSocket.Map(routes);
    }
}
