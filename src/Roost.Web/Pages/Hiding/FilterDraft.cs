using Roost.Services.Filters;
using Roost.Web.Filters;
using Roost.Web.Http;

namespace Roost.Web.Pages.Hiding;

/// <summary>What stands in the form for a filter. Its fields have the names of the client API's.</summary>
/// <param name="Id">0 for a new one.</param>
/// <param name="Seconds">How long it holds from now on, as text; 0 for ever; empty for as long as it does now.</param>
/// <param name="Keywords">Those that it has, as they were typed.</param>
/// <param name="More">More of them, one a line.</param>
/// <param name="MoreAreWhole">Whether those are looked for as whole words.</param>
public sealed record FilterDraft(
    long Id, string Title, FilterContexts Contexts, FilterAction Action, string Seconds,
    IReadOnlyList<FilterKeyword> Keywords, string More = "", bool MoreAreWhole = true)
{
    /// <summary>When it ends now; null for never.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>What is wrong, in words, with the fields of that name; null when nothing is.</summary>
    public (string Field, string Text)? Problem { get; init; }

    public static FilterDraft New { get; } = new(
        0, "", FilterContexts.Home | FilterContexts.Notifications | FilterContexts.Public | FilterContexts.Thread,
        FilterAction.Warn, "0", []);

    public static FilterDraft Of(Filter filter) => new(
        filter.Id, filter.Title, filter.Contexts, filter.Action, filter.ExpiresAt is null ? "0" : "", filter.Keywords)
    {
        ExpiresAt = filter.ExpiresAt,
    };

    /// <summary>As it was typed.</summary>
    /// <param name="filter">That is changed; null for a new one.</param>
    internal static FilterDraft Read(Parameters form, Filter? filter) => new(
        filter?.Id ?? 0, (form.Text("title") ?? "").Trim(), FilterNames.ContextsOf(form) ?? FilterContexts.None,
        FilterNames.ActionOf(form) ?? FilterAction.Warn, form.Text("expires_in") ?? "",
        [
            .. KeywordEdits.Read(form).Where(edit => edit.Id != 0).Select(
                edit => new FilterKeyword(edit.Id, (edit.Text ?? "").Trim(), edit.WholeWord is true)),
        ],
        form.Text("more") ?? "", form.Flag("more_whole") is true)
    {
        ExpiresAt = filter?.ExpiresAt,
    };

    /// <summary>What the service is asked to do with the keywords: what was emptied goes.</summary>
    internal IReadOnlyList<KeywordEdit> Edits =>
    [
        .. Keywords.Select(one => one.Text.Length > 0
            ? new KeywordEdit(one.Id, one.Text, one.WholeWord)
            : new KeywordEdit(one.Id, null, null, IsEnded: true)),
        .. More.ReplaceLineEndings("\n")
            .Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Distinct(StringComparer.OrdinalIgnoreCase).Select(line => new KeywordEdit(0, line, MoreAreWhole)),
    ];

    /// <summary>Null where nothing changes.</summary>
    internal ExpiryChange? Expiry => Seconds.Length == 0 ? null : new ExpiryChange(Durations.Read(Seconds));

    /// <summary>The field of the form that a part of the request stands in; empty where it is none of them.</summary>
    internal static string FieldOf(string? part) => part switch
    {
        "keyword" => "more",
        "title" or "context" or "expires_in" => part,
        _ => "",
    };
}
