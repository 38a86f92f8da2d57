using System.Text.Json;
using System.Text.Json.Serialization;

namespace Roost.Bench.Web;

// The client API's entities as objects, for the peer that serialises them.

internal sealed record StatusEntity(
    string Id, string CreatedAt, string? InReplyToId, string? InReplyToAccountId, bool Sensitive,
    string SpoilerText, string Visibility, string? Language, string Uri, string Url, string Content,
    string? EditedAt, JsonElement? Application, MentionEntity[] Mentions, TagEntity[] Tags,
    JsonElement[] MediaAttachments, JsonElement[] Emojis, JsonElement? Card, JsonElement? Poll,
    JsonElement? Quote, int QuotesCount, ApprovalEntity QuoteApproval, JsonElement[] TaggedCollections,
    int RepliesCount, int ReblogsCount, int FavouritesCount, bool Favourited, bool Reblogged, bool Muted,
    bool Bookmarked, JsonElement[] Filtered, StatusEntity? Reblog, AccountEntity Account)
{
    /// <summary>Only on the reader's own posts.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public bool? Pinned { get; init; }
}

internal sealed record AccountEntity(
    string Id, string Username, string Acct, string DisplayName, bool Locked, bool Bot, bool? Discoverable,
    bool Indexable, bool Group, string CreatedAt, string Note, string Url, string Uri, string Avatar,
    string AvatarStatic, string AvatarDescription, string Header, string HeaderStatic, string HeaderDescription,
    bool? HideCollections, bool ShowMedia, bool ShowMediaReplies, bool ShowFeatured, ApprovalEntity FeatureApproval,
    bool Noindex, JsonElement[] Emojis, JsonElement[] Roles, JsonElement[] Fields,
    int FollowersCount, int FollowingCount, int StatusesCount, string? LastStatusAt);

internal sealed record MentionEntity(string Id, string Username, string Url, string Acct);

internal sealed record TagEntity(string Name, string Url);

internal sealed record ApprovalEntity(string[] Automatic, string[] Manual, string CurrentUser);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(StatusEntity[]))]
internal sealed partial class EntityJson : JsonSerializerContext;
