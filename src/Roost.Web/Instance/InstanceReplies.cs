using System.Text.Json;

namespace Roost.Web.Instance;

internal sealed record InstanceV2(
    string Domain, string Title, string Version, string SourceUrl, string Description, InstanceUsage Usage,
    InstanceThumbnail Thumbnail, IReadOnlyList<string> Icon, IReadOnlyList<string> Languages,
    InstanceConfiguration Configuration, InstanceRegistrations Registrations,
    IReadOnlyDictionary<string, int> ApiVersions,
    InstanceContact Contact, IReadOnlyList<RuleReply> Rules);

internal sealed record InstanceV1(
    string Uri, string Title, string ShortDescription, string Description, string Email, string Version,
    InstanceUrlsV1 Urls, InstanceStats Stats, string Thumbnail,
    IReadOnlyList<string> Languages, bool Registrations, bool ApprovalRequired, bool InvitesEnabled, int MaxTootChars,
    InstanceConfiguration Configuration, JsonElement? ContactAccount, IReadOnlyList<RuleReply> Rules);

internal sealed record InstanceUsage(InstanceUsers Users);
internal sealed record InstanceUsers(long ActiveMonth);
internal sealed record InstanceThumbnail(string Url);
internal sealed record InstanceRegistrations(bool Enabled, bool ApprovalRequired, string? Message, int? MinAge,
    string? Url);
internal sealed record InstanceContact(string Email, JsonElement? Account);
internal sealed record InstanceUrlsV1(string StreamingApi);
internal sealed record InstanceStats(long UserCount, long StatusCount, long DomainCount);

internal sealed record InstanceConfiguration(
    InstanceUrls Urls, InstanceVapid Vapid, AccountLimits Accounts, StatusLimits Statuses,
    AttachmentLimits MediaAttachments, PollLimits Polls, InstanceTranslation Translation);

internal sealed record InstanceUrls(string Streaming, string Status, string About, string? PrivacyPolicy,
    string? TermsOfService);
internal sealed record InstanceVapid(string PublicKey);
internal sealed record AccountLimits(
    int MaxFeaturedTags, int MaxPinnedStatuses, int MaxProfileFields, int ProfileFieldNameLimit,
    int ProfileFieldValueLimit, int MaxDisplayNameLength, int MaxNoteLength);
internal sealed record StatusLimits(
    int MaxCharacters, int MaxMediaAttachments, int CharactersReservedPerUrl);
internal sealed record AttachmentLimits(
    IReadOnlyList<string> SupportedMimeTypes, int DescriptionLimit, long ImageSizeLimit, long ImageMatrixLimit,
    long VideoSizeLimit, int VideoFrameRateLimit, long VideoMatrixLimit);
internal sealed record PollLimits(int MaxOptions, int MaxCharactersPerOption, int MinExpiration, int MaxExpiration);
internal sealed record InstanceTranslation(bool Enabled);
