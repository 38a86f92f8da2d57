using System.Text.Json;
using Roost.Services.Community;
using Roost.Services.Users;
using Roost.Web;
using Roost.Web.Community;
using Roost.Web.Http;
using Roost.Web.Moderation;
using Roost.Web.Rendering;

namespace Roost.Tests.Web;

/// <summary>What an account says of itself, of the Account entity, in the plainest form, by a serializer: what
/// <see cref="AccountRenderer"/> must write to the byte.</summary>
internal static class PlainAccountJson
{
    public static void Write(Utf8Buffer to, Account account, EmojiSet emojis, WebOptions options)
    {
        using var json = new Utf8JsonWriter(to, JsonReplies.WriterOptions);
        var profile = account.Profile;
        var url = AccountRenderer.UrlOf(account, options);
        json.WriteStartObject();
        json.WriteString("id", account.Id.ToString());
        json.WriteString("username", account.Username);
        json.WriteString("acct", account.Username);
        json.WriteString("display_name", account.DisplayName);
        json.WriteBoolean("locked", account.Locked);
        json.WriteBoolean("bot", account.Bot);
        if (profile.Discoverable is { } discoverable) json.WriteBoolean("discoverable", discoverable);
        else json.WriteNull("discoverable");
        json.WriteBoolean("indexable", profile.Indexable);
        json.WriteBoolean("group", false);
        json.WriteString("created_at", TimeText.Of(account.CreatedAt));
        json.WriteString("note", PostHtml.Render(account.Note, [], options));
        json.WriteString("url", url);
        json.WriteString("uri", url);
        WritePicture(json, "avatar", profile.Avatar, options);
        WritePicture(json, "header", profile.Header, options);
        json.WriteBoolean("hide_collections", profile.HidesCollections);
        json.WriteBoolean("show_media", profile.ShowsMedia);
        json.WriteBoolean("show_media_replies", profile.ShowsMediaReplies);
        json.WriteBoolean("show_featured", profile.ShowsFeatured);
        WriteFeatureApproval(json, profile.Discoverable is true);
        json.WriteBoolean("noindex", !profile.Indexable);
        WriteFields(json, profile.Fields, options);
        EmojiReply.Write(json, emojis.In([account.DisplayName, account.Note, .. FieldTexts(profile)]), options);
        WriteRoles(json, account.Role);
        if (account.IsSilenced) json.WriteBoolean("limited", true);
    }

    private static IEnumerable<string> FieldTexts(Profile profile) =>
        profile.Fields.SelectMany(field => (string[])[field.Name, field.Value]);

    private static void WritePicture(Utf8JsonWriter json, string name, Picture? picture, WebOptions options)
    {
        var url = picture is null
            ? $"{options.Root}/assets/{name}.png"
            : $"{options.Root}/media/{picture.FileKey}/original{picture.Extension}";
        json.WriteString(name, url);
        json.WriteString(name + "_static", url);
        json.WriteString(name + "_description", picture?.Description ?? "");
    }

    private static void WriteFeatureApproval(Utf8JsonWriter json, bool isFound)
    {
        json.WriteStartObject("feature_approval");
        json.WriteStartArray("automatic");
        if (isFound) json.WriteStringValue("public");
        json.WriteEndArray();
        json.WriteStartArray("manual");
        json.WriteEndArray();
        json.WriteString("current_user", isFound ? "automatic" : "denied");
        json.WriteEndObject();
    }

    private static void WriteFields(Utf8JsonWriter json, IReadOnlyList<ProfileField> fields, WebOptions options)
    {
        json.WriteStartArray("fields");
        foreach (var field in fields)
        {
            json.WriteStartObject();
            json.WriteString("name", field.Name);
            json.WriteString("value", PostHtml.RenderLine(field.Value, [], options));
            json.WriteNull("verified_at");
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    private static void WriteRoles(Utf8JsonWriter json, AccountRole of)
    {
        json.WriteStartArray("roles");
        if (of != AccountRole.User)
        {
            json.WriteStartObject();
            json.WriteString("id", Role.Of(of).Id);
            json.WriteString("name", Role.Of(of).Name);
            json.WriteString("color", Role.Of(of).Color);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }
}
