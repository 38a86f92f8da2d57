using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;
using Roost.Rpc;
using Roost.Services.Translation;
using Roost.Web;

namespace Roost.Cli;

/// <summary>
/// The file in which a community says what it is: JSON with any of <c>title</c>, <c>description</c>,
/// <c>contact_email</c>, <c>registrations</c>, <c>registrations_message</c>, <c>rules</c> (each with <c>text</c> and
/// <c>hint</c>), <c>extended_description</c>, <c>privacy_policy</c>, <c>terms_of_service</c> (each with
/// <c>effective_date</c> and <c>text</c>), <c>languages</c>, <c>contact_account</c>,
/// <c>thumbnail</c>, <c>translator</c> (<c>url</c> of a LibreTranslate server, <c>api_key</c>) and <c>rate_limits</c>
/// (see <see cref="RateLimitsFile"/>).
/// </summary>
internal sealed partial record CommunityFile
{
    public const string Name = "community.json";

    public string? Title { get; init; }
    public string? Description { get; init; }
    public string? ContactEmail { get; init; }
    public Registrations? Registrations { get; init; }
    public string? RegistrationsMessage { get; init; }
    public IReadOnlyList<CommunityRule>? Rules { get; init; }
    public string? ExtendedDescription { get; init; }
    public string? PrivacyPolicy { get; init; }
    public IReadOnlyList<TermsVersion>? TermsOfService { get; init; }
    public IReadOnlyList<string>? Languages { get; init; }
    public string? ContactAccount { get; init; }
    public string? Thumbnail { get; init; }
    public TranslatorFile? Translator { get; init; }
    public RateLimitsFile? RateLimits { get; init; }

    [JsonIgnore]
    public DateTimeOffset WrittenAt { get; init; } = DateTimeOffset.UnixEpoch;

    /// <param name="path">Of the file; null for <see cref="Name"/> in the data directory, which need not be
    /// there.</param>
    /// <exception cref="ServiceException"><see cref="ErrorCode.Invalid"/>: it is not there, or no such
    /// JSON.</exception>
    public static CommunityFile Read(string? path, string directory)
    {
        var file = path ?? Path.Combine(directory, Name);
        if (path is null && !File.Exists(file)) return new CommunityFile();
        try
        {
            var read = JsonSerializer.Deserialize(File.ReadAllText(file), CommunityFileJson.Default.CommunityFile);
            return (read ?? new CommunityFile()) with { WrittenAt = File.GetLastWriteTimeUtc(file) };
        }
        catch (JsonException wrong)
        {
            var name = UnknownMember().Match(wrong.Message);
            var what = name.Success
                ? $"{name.Groups[1].Value} is nothing that can be said there. At the top can stand "
                    + string.Join(
                        ", ", CommunityFileJson.Default.CommunityFile.Properties.Select(one => one.Name).Order())
                    + "."
                : wrong.Message;
            throw new ServiceException(
                ErrorCode.Invalid, $"{file} cannot be read as what a community says of itself: {what}");
        }
        catch (FileNotFoundException)
        {
            throw new ServiceException(ErrorCode.Invalid, $"{file} is not there.");
        }
    }

    /// <exception cref="ServiceException"><see cref="ErrorCode.Invalid"/>: its address is none.</exception>
    public TranslationOptions Translation() => Translator switch
    {
        null => new TranslationOptions(),
        { } one when Uri.TryCreate(one.Url, UriKind.Absolute, out var url) && url.Scheme is "http" or "https" =>
            new TranslationOptions { Server = url, ApiKey = one.ApiKey },
        { } one => throw new ServiceException(
            ErrorCode.Invalid,
            $"The translator's url '{one.Url}' is none; give one like http://127.0.0.1:5000."),
    };

    [GeneratedRegex("^The JSON property ('[^']*') could not be mapped")]
    private static partial Regex UnknownMember();

    /// <summary>The options with all that the file says.</summary>
    public WebOptions ApplyTo(WebOptions options) => options with
    {
        Title = Title ?? options.Title,
        Description = Description ?? options.Description,
        ContactEmail = ContactEmail ?? options.ContactEmail,
        Registrations = Registrations ?? options.Registrations,
        RegistrationsMessage = RegistrationsMessage ?? options.RegistrationsMessage,
        Community = new CommunityOptions
        {
            Rules = Rules ?? [],
            ExtendedDescription = ExtendedDescription ?? "",
            PrivacyPolicy = PrivacyPolicy ?? "",
            TermsOfService = TermsOfService ?? [],
            Languages = Languages ?? ["en"],
            ContactAccount = ContactAccount ?? "",
            Thumbnail = Thumbnail ?? "",
            UpdatedAt = WrittenAt,
        },
        RateLimits = RateLimits?.ApplyTo(options.RateLimits) ?? options.RateLimits,
    };
}

/// <param name="Url">Of a LibreTranslate server.</param>
/// <param name="ApiKey">What it wants to be told, if anything.</param>
internal sealed record TranslatorFile(string Url, string? ApiKey = null);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, ReadCommentHandling = JsonCommentHandling.Skip,
    AllowTrailingCommas = true, UseStringEnumConverter = true,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow)]
[JsonSerializable(typeof(CommunityFile))]
internal sealed partial class CommunityFileJson : JsonSerializerContext;
