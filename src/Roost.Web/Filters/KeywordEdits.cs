using System.Globalization;
using Roost.Services.Filters;
using Roost.Web.Http;

namespace Roost.Web.Filters;

/// <summary>
/// Reads <c>keywords_attributes</c>: as JSON a list of objects, in forms <c>keywords_attributes[0][keyword]</c>, or
/// <c>keywords_attributes[][keyword]</c> with the same number of values for each member that is sent.
/// </summary>
internal static class KeywordEdits
{
    private const string Name = "keywords_attributes";

    public static List<KeywordEdit> Read(Parameters parameters)
    {
        var edits = new List<KeywordEdit>();
        foreach (var index in Indexes(parameters))
            edits.Add(EditOf(member => parameters.Text($"{Name}[{index}][{member}]")));
        var count = parameters.All.Where(one => one.Key.StartsWith($"{Name}[][", StringComparison.Ordinal))
            .Max(one => (int?)one.Value.Count) ?? 0;
        for (var i = 0; i < count; i++)
        {
            var place = i;
            edits.Add(EditOf(member => ValueAt(parameters, member, place, count)));
        }
        return edits;
    }

    private static KeywordEdit EditOf(Func<string, string?> member)
    {
        var id = member("id");
        if (!string.IsNullOrEmpty(id) && Notifications.NoticeQuery.Number(id) is null) throw Faults.NotFound();
        return new KeywordEdit(
            Notifications.NoticeQuery.Number(id) ?? 0, member("keyword"), Flag(member("whole_word")),
            Flag(member("_destroy")) is true);
    }

    private static string? ValueAt(Parameters parameters, string member, int place, int count)
    {
        var values = parameters.All.GetValueOrDefault($"{Name}[][{member}]");
        if (values.Count == 0) return null;
        return values.Count == count
            ? values[place]
            : throw Faults.Invalid($"{Name}[][{member}] has {values.Count} values, others have {count}; send indexes.");
    }

    private static IEnumerable<int> Indexes(Parameters parameters) => parameters.All.Keys
        .Where(key => key.StartsWith(Name + "[", StringComparison.Ordinal))
        .Select(key => key[(Name.Length + 1)..key.IndexOf(']', StringComparison.Ordinal)])
        .Where(text => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out _))
        .Select(text => int.Parse(text, CultureInfo.InvariantCulture)).Distinct().Order();

    private static bool? Flag(string? text) => text switch
    {
        null or "" => null,
        "true" or "True" or "1" or "on" => true,
        "false" or "False" or "0" or "off" => false,
        _ => throw Faults.Invalid($"whole_word is '{Parameters.Shortened(text)}'; send true or false."),
    };
}
