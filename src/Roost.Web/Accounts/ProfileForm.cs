using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http;
using Roost.Engine.Ids;
using Roost.Rpc;
using Roost.Services.Graph;
using Roost.Services.Media;
using Roost.Services.Users;
using Roost.Web.Http;
using Roost.Web.Media;
using Roost.Web.Statuses;

namespace Roost.Web.Accounts;

/// <summary>
/// Changes an account by the parameters that the client API has for it, for programs and for the settings page alike.
/// Pictures are taken in first, and taken back when the change is refused; those that were replaced are removed.
/// </summary>
internal static partial class ProfileForm
{
    /// <param name="removed">Which pictures are taken away, unless others come.</param>
    /// <returns>The account as it is then.</returns>
    /// <exception cref="ServiceException"><see cref="ErrorCode.Invalid"/>: a value is refused; nothing was
    /// changed.</exception>
    public static async ValueTask<Account> ApplyAsync(
        Site site, HttpContext http, Parameters parameters, Account old, Call call,
        (bool Avatar, bool Header) removed = default)
    {
        var change = ChangeOf(old.Id, parameters);
        var media = site.Services.Media;
        var added = new List<Picture>();
        Account account;
        try
        {
            var avatar = await TakeAsync("avatar", MediaPurpose.Avatar, removed.Avatar);
            var header = await TakeAsync("header", MediaPurpose.Header, removed.Header);
            change = change with { Profile = change.Profile! with { Avatar = avatar, Header = header } };
            account = await site.Services.Users.Change(change, call) ?? throw Faults.NotFound();
        }
        catch (ServiceException)
        {
            foreach (var picture in added) await RemoveAsync(media, old.Id, picture, call);
            throw;
        }
        if (change.Locked is false && old.Locked)
            await site.Services.Relations.AcceptAll(new AcceptRequests(old.Id), call);
        if (change.Profile.Avatar is not null) await RemoveAsync(media, old.Id, old.Profile.Avatar, call);
        if (change.Profile.Header is not null) await RemoveAsync(media, old.Id, old.Profile.Header, call);
        return account;

        async ValueTask<PictureChange?> TakeAsync(string field, MediaPurpose purpose, bool isRemoved)
        {
            if (parameters.Text(field) is { Length: > 0 })
                throw Faults.Invalid($"Validation failed: {field} is no file; send it as multipart/form-data");
            if (await MediaUpload.ReadAsync(http, media.Limits, field) is not { } content)
                return isRemoved ? default(PictureChange) : null;
            var item = await media.Upload(new UploadMedia(old.Id, purpose, content), call);
            var picture = new Picture(item.Id, item.FileKey, item.Original.Extension);
            added.Add(picture);
            return new PictureChange(picture);
        }
    }

    /// <summary>Takes the avatar or the header away.</summary>
    public static async ValueTask RemovePictureAsync(Site site, Account old, bool header, Call call)
    {
        var change = header
            ? new ProfileChange { Header = default(PictureChange) }
            : new ProfileChange { Avatar = default(PictureChange) };
        await site.Services.Users.Change(new ChangeAccount(old.Id, Profile: change), call);
        await RemoveAsync(site.Services.Media, old.Id, header ? old.Profile.Header : old.Profile.Avatar, call);
    }

    private static async ValueTask RemoveAsync(MediaApi media, AccountId account, Picture? picture, Call call)
    {
        if (picture is not null)
            await media.Delete(new DeleteMedia(account, picture.MediaId, OfProfile: true), call);
    }

    private static ChangeAccount ChangeOf(AccountId account, Parameters parameters) => new(
        account, parameters.Text("display_name")?.Trim(), parameters.Text("note")?.ReplaceLineEndings("\n").Trim(),
        parameters.Flag("locked"), parameters.Flag("bot"), new ProfileChange
        {
            AvatarDescription = parameters.Text("avatar_description")?.Trim(),
            HeaderDescription = parameters.Text("header_description")?.Trim(),
            Fields = FieldsOf(parameters),
            Discoverable = parameters.Flag("discoverable"),
            Indexable = parameters.Flag("indexable"),
            HidesCollections = parameters.Flag("hide_collections"),
            ShowsMedia = parameters.Flag("show_media"),
            ShowsMediaReplies = parameters.Flag("show_media_replies"),
            ShowsFeatured = parameters.Flag("show_featured"),
            AttributionDomains = DomainsOf(parameters),
            Privacy = NonEmpty(parameters.Text("source[privacy]")),
            Sensitive = parameters.Flag("source[sensitive]"),
            Language = parameters.Text("source[language]") is { } language
                ? Compose.LanguageOf(language) ?? ""
                : null,
            QuotePolicy = NonEmpty(parameters.Text("source[quote_policy]")),
        });

    private static string? NonEmpty(string? text) => string.IsNullOrEmpty(text) ? null : text;

    private static string[]? DomainsOf(Parameters parameters) => parameters.Has("attribution_domains")
        ? [.. parameters.List("attribution_domains").OfType<string>()
            .SelectMany(text => text.Split((char[])[',', ' ', '\n', '\r'], StringSplitOptions.RemoveEmptyEntries))
            .Select(domain => domain.ToLowerInvariant()).Distinct(StringComparer.Ordinal)]
        : null;

    /// <summary>
    /// The fields in a hash (<c>fields_attributes[0][name]</c>, in the order of its keys) or in a list
    /// (<c>fields_attributes[][name]</c>); null when there are none of either. Those with neither name nor value are
    /// left out: so one takes a field away.
    /// </summary>
    public static ProfileField[]? FieldsOf(Parameters parameters)
    {
        if (!parameters.Has("fields_attributes")) return null;
        var names = parameters.All.GetValueOrDefault("fields_attributes[][name]");
        var values = parameters.All.GetValueOrDefault("fields_attributes[][value]");
        var fields = new List<ProfileField>();
        for (var i = 0; i < Math.Max(names.Count, values.Count); i++)
            Add(i < names.Count ? names[i] : null, i < values.Count ? values[i] : null);
        var keys = parameters.All.Keys.Select(key => Keyed().Match(key)).Where(match => match.Success)
            .Select(match => match.Groups[1].Value).Distinct(StringComparer.Ordinal)
            .OrderBy(key => key.Length).ThenBy(key => key, StringComparer.Ordinal);
        foreach (var key in keys.Select(key => $"fields_attributes[{key}]"))
            Add(parameters.Text(key + "[name]"), parameters.Text(key + "[value]"));
        return [.. fields];

        void Add(string? name, string? value)
        {
            var field = new ProfileField((name ?? "").Trim(), (value ?? "").Trim());
            if (field.Name.Length + field.Value.Length > 0) fields.Add(field);
        }
    }

    [GeneratedRegex(@"^fields_attributes\[(\d{1,9})\]\[(?:name|value)\]$", RegexOptions.CultureInvariant)]
    private static partial Regex Keyed();
}
