using System.Globalization;
using Roost.Rpc;
using Roost.Services.Media;
using Roost.Web.Http;
using Roost.Web.Media;

namespace Roost.Web.Statuses;

/// <summary>Reads which pictures a post shall show, and what an edit tells about them.</summary>
internal static class ComposeMedia
{
    private const string Attributes = "media_attributes";

    /// <summary><c>media_ids[]</c>; null when it was not sent, which is not the same as an empty list.</summary>
    /// <exception cref="ServiceException"><see cref="ErrorCode.Invalid"/>: no ids.</exception>
    public static IReadOnlyList<long>? IdsOf(Parameters parameters)
    {
        if (!parameters.Has("media_ids")) return null;
        return [.. parameters.List("media_ids").Where(text => !string.IsNullOrEmpty(text)).Select(IdOf)];
    }

    /// <summary>
    /// <c>media_attributes[0][id]</c> with <c>description</c> and <c>focus</c>, numbered, or as forms may send them,
    /// <c>media_attributes[][id]</c>, each of the three as often as the others or not at all.
    /// </summary>
    /// <exception cref="ServiceException"><see cref="ErrorCode.Invalid"/>: says what is wrong.</exception>
    public static IReadOnlyList<DescribeMedia> DescriptionsOf(Parameters parameters)
    {
        if (!parameters.Has(Attributes)) return [];
        var found = new List<DescribeMedia>();
        for (var i = 0; parameters.Text($"{Attributes}[{i}][id]") is { } id; i++)
        {
            found.Add(Describe(
                id, parameters.Text($"{Attributes}[{i}][description]"), parameters.Text($"{Attributes}[{i}][focus]")));
        }
        var ids = parameters.List($"{Attributes}[][id]");
        var descriptions = parameters.List($"{Attributes}[][description]");
        var focuses = parameters.List($"{Attributes}[][focus]");
        if (IsMixed(descriptions.Count, ids.Count) || IsMixed(focuses.Count, ids.Count))
        {
            throw Faults.Invalid(
                $"Validation failed: {Attributes}[] cannot be told apart; number them: {Attributes}[0][id]");
        }
        for (var i = 0; i < ids.Count; i++)
        {
            found.Add(Describe(
                ids[i] ?? "", descriptions.Count == 0 ? null : descriptions[i],
                focuses.Count == 0 ? null : focuses[i]));
        }
        return found;
    }

    private static bool IsMixed(int count, int ids) => count != 0 && count != ids;

    private static DescribeMedia Describe(string id, string? description, string? focus)
    {
        var point = MediaUpload.FocusOf(focus);
        return new DescribeMedia(default, IdOf(id), description, point?.X, point?.Y);
    }

    private static long IdOf(string? text) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var id)
            ? id
            : throw Faults.Invalid(
                $"Validation failed: '{Parameters.Shortened(text ?? "")}' is no media id; send it as it was received");
}
