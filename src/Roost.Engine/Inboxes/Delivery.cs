using Roost.Engine.Graph;
using Roost.Engine.Ids;

namespace Roost.Engine.Inboxes;

/// <summary>A post and who gets it. Whoever is named twice gets it once.</summary>
/// <param name="Seq">From 1.</param>
/// <param name="Audience">Those among them who have no inbox are passed over.</param>
/// <param name="Author">One more, beside the audience; nobody for none.</param>
/// <param name="Answered">As <paramref name="Author"/>.</param>
public readonly record struct Delivery(
    uint Seq, SortedIds Audience, AccountId Author = default, AccountId Answered = default);
