namespace Roost.Services.Graph.Replicas;

/// <summary>The functions of the Graph service that a replica is of.</summary>
public sealed record GraphSource(
    GraphApi Graph, RelationsApi Relations, ListsApi Lists, TagsApi Tags, SuggestionsApi Suggestions, FeedsApi Feeds);
