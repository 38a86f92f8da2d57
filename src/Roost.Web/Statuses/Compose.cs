using System.Globalization;
using System.Text;
using Roost.Engine.Ids;
using Roost.Engine.Text;
using Roost.Rpc;
using Roost.Services.Posts;
using Roost.Services.Users;
using Roost.Web.Http;
using Roost.Web.Rendering;

namespace Roost.Web.Statuses;

/// <summary>What the API and the compose box have in common: checks on a text, and whom it names.</summary>
internal static class Compose
{
    /// <exception cref="ServiceException"><see cref="ErrorCode.Invalid"/>: nothing in it, or too long.</exception>
    /// <param name="hasMedia">Whether it shows pictures or another post, which need no words.</param>
    public static void Check(string text, string spoilerText, WebOptions options, bool hasMedia = false)
    {
        if (!hasMedia && IsBlank(text) && IsBlank(spoilerText))
            throw Faults.Invalid("Validation failed: Text can't be blank");
        var count = PostText.CharacterCount(text) + PostText.CharacterCount(spoilerText);
        if (count > options.PostCharactersMax)
        {
            throw Faults.Invalid(
                $"Validation failed: Text has {count} characters; the limit is {options.PostCharactersMax}");
        }
    }

    /// <summary>Whether nothing of it can be seen: spaces, and marks without width such as U+200B.</summary>
    private static bool IsBlank(string text)
    {
        foreach (var rune in text.EnumerateRunes())
        {
            if (!Rune.IsWhiteSpace(rune)
                && Rune.GetUnicodeCategory(rune) is not (UnicodeCategory.Format or UnicodeCategory.Control))
                return false;
        }
        return true;
    }

    /// <summary>A text as it was sent, trimmed; <paramref name="otherwise"/> when it was not.</summary>
    /// <exception cref="ServiceException"><see cref="ErrorCode.Invalid"/>: JSON had something else there.</exception>
    public static string TextOf(Parameters parameters, string name, string otherwise = "")
    {
        if (parameters.Text(name) is { } text) return text.Trim();
        return parameters.Has(name)
            ? throw Faults.Invalid($"Validation failed: {name} is an object or a list; send a text")
            : otherwise;
    }

    /// <summary>A parameter that says something, or null.</summary>
    public static string? Given(Parameters parameters, string name) =>
        parameters.Text(name) is { Length: > 0 } text ? text : null;

    /// <summary>What the viewer's posts have that do not say otherwise. Costs one look into memory.</summary>
    public static async ValueTask<PostingDefaults> DefaultsAsync(ApiCall call)
    {
        var accounts = await call.Services.Users.Get(new GetAccounts([call.Viewer]), call.Rpc);
        if (accounts[0] is not { } account) return Profile.Empty.Posting;
        return account.IsSensitized ? account.Profile.Posting with { Sensitive = true } : account.Profile.Posting;
    }

    /// <summary>The accounts that a text names, in order: one question to Users, none when it names nobody.</summary>
    public static async ValueTask<IReadOnlyList<AccountId>> MentionsAsync(Site site, string text, Call call)
    {
        var names = PostText.MentionNames(text, site.Options.Domain);
        if (names.Count == 0) return [];
        var accounts = await site.Services.Users.Find(new FindAccounts(names), call);
        return [.. accounts.OfType<Account>().Select(a => a.Id)];
    }

    public static Visibility VisibilityOf(string? text) => text switch
    {
        null or "" or "public" => Visibility.Public,
        "unlisted" => Visibility.Unlisted,
        "private" => Visibility.Followers,
        "direct" => Visibility.Direct,
        _ => throw Faults.Invalid(
            $"Validation failed: visibility is '{Parameters.Shortened(text)}'; use public, unlisted, private or "
            + "direct"),
    };

    /// <summary>The primary language subtag in lower case, or null for none.</summary>
    public static string? LanguageOf(string? text)
    {
        if (string.IsNullOrEmpty(text)) return null;
        return LanguageTag.PrimaryOf(text) ?? throw Faults.Invalid(
            $"Validation failed: language is '{Parameters.Shortened(text)}'; use an ISO 639 code such as en");
    }
}
