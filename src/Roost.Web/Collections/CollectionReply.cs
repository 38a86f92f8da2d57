using System.Globalization;
using Roost.Services.Collections;
using Roost.Web.Rendering;

namespace Roost.Web.Collections;

/// <summary>A collection as the client API tells it.</summary>
/// <param name="Url">Null: it has no page.</param>
internal sealed record CollectionReply(
    string Id, string AccountId, string Uri, string? Url, string Name, string Description, string? Language, bool Local,
    bool Sensitive, bool Discoverable, CollectionTag? Tag, int ItemCount, IReadOnlyList<CollectionItemReply> Items,
    string CreatedAt, string UpdatedAt)
{
    public static CollectionReply Of(AccountCollection one, WebOptions options)
    {
        var id = one.Id.ToString(CultureInfo.InvariantCulture);
        return new CollectionReply(
            id, one.Account.ToString(), $"{options.Root}/collections/{id}", null, one.Name, one.Description,
            one.Language, true, one.IsSensitive, one.IsDiscoverable,
            one.Tag is { } tag ? new CollectionTag(tag, PostHtml.TagUrl(tag, options)) : null, one.Items.Count,
            [.. one.Items.Select(CollectionItemReply.Of)], TimeText.Of(one.CreatedAt), TimeText.Of(one.UpdatedAt));
    }
}

internal sealed record CollectionTag(string Name, string Url);

/// <param name="State">Always <c>accepted</c>: whoever may be put in is in.</param>
internal sealed record CollectionItemReply(string Id, string AccountId, string State, string CreatedAt)
{
    public static CollectionItemReply Of(CollectionItem item) => new(
        item.Id.ToString(CultureInfo.InvariantCulture), item.Account.ToString(), "accepted",
        TimeText.Of(item.CreatedAt));
}

internal sealed record OneCollection(CollectionReply Collection);

internal sealed record ManyCollections(IReadOnlyList<CollectionReply> Collections);

internal sealed record OneCollectionItem(CollectionItemReply CollectionItem);
