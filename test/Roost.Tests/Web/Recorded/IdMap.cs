using System.Text.Json;
using System.Text.RegularExpressions;

namespace Roost.Tests.Web.Recorded;

/// <summary>Which of our ids stands for which recorded one; learned from answers to the same request.</summary>
internal sealed partial class IdMap
{
    private const long NumberMin = 1L << 40;
    private const long BoundMax = 1L << 32;

    private readonly Dictionary<string, string> _ours = [];

    /// <summary>A path with ours where it has theirs, in its parts and in those parameters that hold ids.</summary>
    public string InPath(string path)
    {
        var (before, query) = (path.Split('?')[0], path.Split('?').Skip(1).FirstOrDefault());
        var translated = string.Join('/', before.Split('/').Select(One));
        if (query is null) return translated;
        var parameters = query.Split('&').Select(one => one.Split('=', 2)).Select(one =>
            one.Length == 2 ? $"{one[0]}={InParameter(Uri.UnescapeDataString(one[0]), one[1])}" : one[0]);
        return $"{translated}?{string.Join('&', parameters)}";
    }

    /// <summary>A form's value, or a member's of a JSON body.</summary>
    public string InParameter(string name, string value) => IdName().IsMatch(name) ? One(value) : value;

    /// <summary>Learns from every id that both answers have in the same place.</summary>
    public void Learn(JsonElement theirs, JsonElement ours)
    {
        if (theirs.ValueKind != ours.ValueKind) return;
        if (theirs.ValueKind == JsonValueKind.Array)
        {
            foreach (var (item, mine) in theirs.EnumerateArray().Zip(ours.EnumerateArray())) Learn(item, mine);
        }
        if (theirs.ValueKind != JsonValueKind.Object) return;
        foreach (var member in theirs.EnumerateObject())
        {
            // Roles are numbered by each server as it likes.
            if (member.Name.StartsWith("role", StringComparison.Ordinal)) continue;
            if (!ours.TryGetProperty(member.Name, out var mine)) continue;
            if (member.Value.ValueKind == JsonValueKind.String && mine.ValueKind == JsonValueKind.String)
            {
                if (IdName().IsMatch(member.Name)) Learn(member.Value.GetString()!, mine.GetString()!);
            }
            else Learn(member.Value, mine);
        }
    }

    public void Learn(string theirs, string ours)
    {
        if (theirs.Length > 0) _ours[theirs] = ours;
    }

    // Bounds of pages were made of ids and times: a little more or less than an id.
    private string One(string id)
    {
        if (_ours.TryGetValue(id, out var ours) || !long.TryParse(id, out var number) || number < NumberMin) return ours ?? id;
        var near = _ours.Where(one => long.TryParse(one.Key, out var known) && Math.Abs(known - number) <= BoundMax)
            .Where(one => long.TryParse(one.Value, out _)).ToList();
        if (near.Count == 0) return id;
        var (theirs, mine) = near.MinBy(one => Math.Abs(long.Parse(one.Key) - number));
        return $"{long.Parse(mine) + Math.Sign(number - long.Parse(theirs))}";
    }

    [GeneratedRegex(@"^id(\[\])?$|_ids?(\[\])?$|^group_key$|^id$|\[id\]$")]
    private static partial Regex IdName();
}
