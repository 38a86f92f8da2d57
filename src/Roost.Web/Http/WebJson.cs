using System.Text.Json.Serialization;
using Roost.Web.Accounts;
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

namespace Roost.Web.Http;

/// <summary>The JSON of all replies but posts and accounts, with its code made at compile time.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(OEmbedReply))]
[JsonSerializable(typeof(WebFingerReply))]
[JsonSerializable(typeof(LanguageReply[]))]
[JsonSerializable(typeof(AppReply))]
[JsonSerializable(typeof(AppCredentials))]
[JsonSerializable(typeof(TokenReply))]
[JsonSerializable(typeof(ServerMetadata))]
[JsonSerializable(typeof(UserInfo))]
[JsonSerializable(typeof(RegistrationRefused))]
[JsonSerializable(typeof(RelationshipReply))]
[JsonSerializable(typeof(RelationshipReply[]))]
[JsonSerializable(typeof(ListReply))]
[JsonSerializable(typeof(CollectionReply))]
[JsonSerializable(typeof(OneCollection))]
[JsonSerializable(typeof(ManyCollections))]
[JsonSerializable(typeof(OneCollectionItem))]
[JsonSerializable(typeof(ListReply[]))]
[JsonSerializable(typeof(string[]))]
[JsonSerializable(typeof(StatusSource))]
[JsonSerializable(typeof(TranslationReply))]
[JsonSerializable(typeof(IReadOnlyDictionary<string, IReadOnlyList<string>>))]
[JsonSerializable(typeof(MediaReply))]
[JsonSerializable(typeof(InstanceV1))]
[JsonSerializable(typeof(InstanceV2))]
[JsonSerializable(typeof(NodeInfo))]
[JsonSerializable(typeof(NodeInfoLinks))]
[JsonSerializable(typeof(AccountSource))]
[JsonSerializable(typeof(ProfileReply))]
[JsonSerializable(typeof(Role))]
[JsonSerializable(typeof(RuleReply[]))]
[JsonSerializable(typeof(TextReply))]
[JsonSerializable(typeof(TermsReply))]
[JsonSerializable(typeof(DomainBlockReply[]))]
[JsonSerializable(typeof(WeekReply[]))]
[JsonSerializable(typeof(EmojiReply))]
[JsonSerializable(typeof(EmojiReply[]))]
[JsonSerializable(typeof(AnnouncementReply[]))]
[JsonSerializable(typeof(AnnouncementReply))]
[JsonSerializable(typeof(ReactionNews))]
[JsonSerializable(typeof(PushSubscriptionReply))]
[JsonSerializable(typeof(PushAlert))]
[JsonSerializable(typeof(AnnualReportReply[]))]
[JsonSerializable(typeof(ReportStateReply))]
[JsonSerializable(typeof(ReportReply))]
[JsonSerializable(typeof(AccountWarningReply))]
[JsonSerializable(typeof(AdminTagReply))]
[JsonSerializable(typeof(AdminTagReply[]))]
[JsonSerializable(typeof(AdminAccountReply))]
[JsonSerializable(typeof(AdminAccountReply[]))]
[JsonSerializable(typeof(AdminReportReply))]
[JsonSerializable(typeof(AdminReportReply[]))]
[JsonSerializable(typeof(AdminDomainBlockReply))]
[JsonSerializable(typeof(AdminDomainBlockReply[]))]
[JsonSerializable(typeof(AdminDomainAllowReply))]
[JsonSerializable(typeof(AdminDomainAllowReply[]))]
[JsonSerializable(typeof(AdminIpBlockReply))]
[JsonSerializable(typeof(AdminIpBlockReply[]))]
[JsonSerializable(typeof(AdminEmailDomainBlockReply))]
[JsonSerializable(typeof(AdminEmailDomainBlockReply[]))]
[JsonSerializable(typeof(AdminEmailBlockReply))]
[JsonSerializable(typeof(AdminEmailBlockReply[]))]
[JsonSerializable(typeof(AdminMeasureReply[]))]
[JsonSerializable(typeof(AdminDimensionReply[]))]
[JsonSerializable(typeof(AdminCohortReply[]))]
[JsonSerializable(typeof(Preferences))]
[JsonSerializable(typeof(TagReply))]
[JsonSerializable(typeof(TagReply[]))]
[JsonSerializable(typeof(LinkReply[]))]
[JsonSerializable(typeof(FeaturedTagReply))]
[JsonSerializable(typeof(FeaturedTagReply[]))]
[JsonSerializable(typeof(CountReply))]
[JsonSerializable(typeof(Dictionary<string, MarkerReply>))]
[JsonSerializable(typeof(NoticePolicyReply))]
[JsonSerializable(typeof(MergedReply))]
[JsonSerializable(typeof(FilterReply))]
[JsonSerializable(typeof(FilterReply[]))]
[JsonSerializable(typeof(FilterKeywordReply))]
[JsonSerializable(typeof(FilterKeywordReply[]))]
[JsonSerializable(typeof(FilterStatusReply))]
[JsonSerializable(typeof(FilterStatusReply[]))]
[JsonSerializable(typeof(OldFilterReply))]
[JsonSerializable(typeof(OldFilterReply[]))]
[JsonSerializable(typeof(SocketRequest))]
internal sealed partial class WebJson : JsonSerializerContext;
