using Roost.Services.Cards;
using Roost.Services.Community;
using Roost.Services.Filters;
using Roost.Services.Notifications;
using Roost.Services.Posts;
using Roost.Services.Search;
using Roost.Services.Settings;
using Roost.Services.Timelines;

namespace Roost.Composition;

/// <summary>What a node answers for processes that have the client port alone, in place of what Web and streams do in
/// its memory when they are in its process.</summary>
internal sealed record ForWeb(
    PostFeedApi Posts, OutlinesApi Outlines, NoticeFeedApi Notices, CommunityFeedApi Community,
    FilterListsApi Filters, CardLookupApi Cards, ReadQueriesApi Queries, SettingsApi Settings,
    ReadIndexApi Index)
{
    /// <summary>Null where notifications are in the node.</summary>
    public NoticeCuesApi? Cues { get; init; }
}
