using System.Text.Json;

namespace Roost.Tests.Web.Recorded;

/// <summary>Compares two answers by shape: what members there are, and of which kind.</summary>
internal static class Shapes
{
    /// <summary>
    /// What <paramref name="ours"/> lacks of <paramref name="theirs"/>, or has in another kind, each with its place. Members
    /// that only ours has are no difference, nor is null on either side: which may be null is the schema's to say.
    /// </summary>
    public static IEnumerable<string> Differences(JsonElement theirs, JsonElement ours) => Compare(theirs, ours, "");

    private static IEnumerable<string> Compare(JsonElement theirs, JsonElement ours, string at)
    {
        if (theirs.ValueKind is JsonValueKind.Null or JsonValueKind.Undefined || ours.ValueKind == JsonValueKind.Null)
            return [];
        if (KindOf(theirs) != KindOf(ours))
            return [$"{Named(at)} is of kind {KindOf(ours)}, not {KindOf(theirs)}"];
        return theirs.ValueKind switch
        {
            JsonValueKind.Object => CompareMembers(theirs, ours, at),
            JsonValueKind.Array => CompareItems(theirs, ours, at),
            _ => [],
        };
    }

    private static IEnumerable<string> CompareMembers(JsonElement theirs, JsonElement ours, string at)
    {
        foreach (var member in theirs.EnumerateObject())
        {
            var place = $"{at}/{member.Name}";
            if (!ours.TryGetProperty(member.Name, out var mine))
                yield return $"lacks {place}";
            else
            {
                foreach (var difference in Compare(member.Value, mine, place)) yield return difference;
            }
        }
    }

    // Items of one list are alike in what all of them have.
    private static IEnumerable<string> CompareItems(JsonElement theirs, JsonElement ours, string at)
    {
        if (theirs.GetArrayLength() == 0) return [];
        // What lists within an answer hold depends on who is in it, not on what is asked.
        if (ours.GetArrayLength() == 0) return at.Length == 0 ? ["the answer is empty"] : [];
        if (theirs[0].ValueKind != JsonValueKind.Object) return Compare(theirs[0], ours[0], $"{at}/*");
        var common = theirs[0].EnumerateObject().Select(one => one.Name)
            .Where(name => theirs.EnumerateArray().All(item => item.TryGetProperty(name, out _)));
        return common.SelectMany(name => ours[0].TryGetProperty(name, out var mine)
            ? Compare(theirs[0].GetProperty(name), mine, $"{at}/*/{name}")
            : [$"lacks {at}/*/{name}"]);
    }

    private static string Named(string at) => at.Length == 0 ? "the answer" : at;

    private static string KindOf(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.True or JsonValueKind.False => "boolean",
        var kind => kind.ToString().ToLowerInvariant(),
    };
}
