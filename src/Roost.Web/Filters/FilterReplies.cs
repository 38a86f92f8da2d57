using System.Globalization;
using System.Text.Json;
using Roost.Services.Filters;
using Roost.Web.Http;
using Roost.Web.Rendering;

namespace Roost.Web.Filters;

/// <summary>The client API's Filter entity.</summary>
internal sealed record FilterReply(
    string Id, string Title, string[] Context, string? ExpiresAt, string FilterAction, FilterKeywordReply[] Keywords,
    FilterStatusReply[] Statuses)
{
    public static FilterReply Of(Filter filter) => new(
        FilterNames.IdText(filter.Id), filter.Title, FilterNames.Of(filter.Contexts),
        TimeText.Of(filter.ExpiresAt), FilterNames.Of(filter.Action),
        [.. filter.Keywords.Select(FilterKeywordReply.Of)], [.. filter.Posts.Select(FilterStatusReply.Of)]);
}

internal sealed record FilterKeywordReply(string Id, string Keyword, bool WholeWord)
{
    public static FilterKeywordReply Of(FilterKeyword keyword) =>
        new(FilterNames.IdText(keyword.Id), keyword.Text, keyword.WholeWord);
}

internal sealed record FilterStatusReply(string Id, string StatusId)
{
    public static FilterStatusReply Of(FilteredPost post) => new(FilterNames.IdText(post.Id), post.Post.ToString());
}

/// <summary>The client API's first Filter entity: one keyword and its filter.</summary>
internal sealed record OldFilterReply(
    string Id, string Phrase, string[] Context, bool WholeWord, string? ExpiresAt, bool Irreversible)
{
    public static OldFilterReply Of(Filter filter, FilterKeyword keyword) => new(
        FilterNames.IdText(keyword.Id), keyword.Text, FilterNames.Of(filter.Contexts), keyword.WholeWord,
        TimeText.Of(filter.ExpiresAt), filter.Action == FilterAction.Hide);
}

/// <summary>The names of contexts and actions, both ways.</summary>
internal static class FilterNames
{
    private static readonly (FilterContexts Context, string Name)[] _contexts =
    [
        (FilterContexts.Home, "home"), (FilterContexts.Notifications, "notifications"),
        (FilterContexts.Public, "public"), (FilterContexts.Thread, "thread"), (FilterContexts.Account, "account"),
    ];

    public static string IdText(long id) => id.ToString(CultureInfo.InvariantCulture);

    public static string[] Of(FilterContexts contexts) =>
        [.. _contexts.Where(one => contexts.HasFlag(one.Context)).Select(one => one.Name)];

    public static string Of(FilterAction action) => action switch
    {
        FilterAction.Warn => "warn",
        FilterAction.Hide => "hide",
        _ => "blur",
    };

    /// <summary>The one of that name; that of threads unless it names one.</summary>
    public static FilterContexts ContextOf(string? name) =>
        Array.Find(_contexts, one => one.Name == name) is (not FilterContexts.None and var context, _)
            ? context
            : FilterContexts.Thread;

    /// <summary><c>context[]</c>; null when it was not sent.</summary>
    public static FilterContexts? ContextsOf(Parameters parameters)
    {
        if (!parameters.Has("context")) return null;
        var contexts = FilterContexts.None;
        foreach (var text in parameters.List("context"))
        {
            var (context, name) = Array.Find(_contexts, one => one.Name == text);
            if (name is null)
            {
                throw Faults.Invalid(
                    $"Validation failed: Context '{Parameters.Shortened(text ?? "")}' is none; use home, "
                    + "notifications, public, thread or account");
            }
            contexts |= context;
        }
        return contexts;
    }

    public static FilterAction? ActionOf(Parameters parameters) => parameters.Text("filter_action") switch
    {
        null or "" => null,
        "warn" => FilterAction.Warn,
        "hide" => FilterAction.Hide,
        "blur" => FilterAction.Blur,
        var other => throw Faults.Invalid(
            $"Validation failed: filter_action is '{Parameters.Shortened(other)}'; use warn, hide or blur"),
    };

    /// <summary><c>expires_in</c>, in seconds; null when it was not sent, empty for never.</summary>
    public static ExpiryChange? ExpiryOf(Parameters parameters)
    {
        if (parameters.Text("expires_in") is not { } text) return null;
        if (text.Length == 0) return new ExpiryChange(null);
        var seconds = parameters.Number("expires_in");
        // Longer than services take is told by them, rather than met with an overflow here.
        return new ExpiryChange(TimeSpan.FromSeconds(Math.Min(seconds, TimeSpan.FromDays(100_000).TotalSeconds)));
    }
}

/// <summary>Writes the client API's FilterResult entities: why a post is filtered.</summary>
internal static class FilterJson
{
    public static void Write(Utf8Buffer to, IReadOnlyList<FilterMatch> matches)
    {
        using var json = new Utf8JsonWriter(to, JsonReplies.WriterOptions);
        json.WriteStartArray();
        foreach (var match in matches)
        {
            json.WriteStartObject();
            json.WriteStartObject("filter"u8);
            json.WriteString("id"u8, FilterNames.IdText(match.Filter.Id));
            json.WriteString("title"u8, match.Filter.Title);
            json.WriteStartArray("context"u8);
            foreach (var context in FilterNames.Of(match.Filter.Contexts)) json.WriteStringValue(context);
            json.WriteEndArray();
            json.WriteString("expires_at"u8, TimeText.Of(match.Filter.ExpiresAt));
            json.WriteString("filter_action"u8, FilterNames.Of(match.Filter.Action));
            json.WriteEndObject();
            WriteList(json, "keyword_matches", match.Keywords);
            WriteList(json, "status_matches", [.. match.Posts.Select(post => post.ToString())]);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    private static void WriteList(Utf8JsonWriter json, string name, IReadOnlyList<string> texts)
    {
        if (texts.Count == 0)
        {
            json.WriteNull(name);
            return;
        }
        json.WriteStartArray(name);
        foreach (var text in texts) json.WriteStringValue(text);
        json.WriteEndArray();
    }
}
