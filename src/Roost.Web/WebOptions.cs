using System.Net;

namespace Roost.Web;

/// <summary>
/// What a community sets about its client port. Immutable; checked once by <see cref="Validate"/> when it is mapped.
/// </summary>
public sealed record WebOptions
{
    /// <summary>
    /// Where people reach this server from outside, without a path: <c>http://127.0.0.1:3000</c>. The community's
    /// domain, every
    /// absolute URL in replies, and whether cookies are <c>Secure</c> come from here, never from a request's Host
    /// header.
    /// </summary>
    public required Uri PublicUrl { get; init; }

    /// <summary>Name of the community, 1 to 100 characters.</summary>
    public string Title { get; init; } = "Roost";

    /// <summary>One or two sentences of plain text about the community.</summary>
    public string Description { get; init; } = "A small place to talk, run with Roost.";

    /// <summary>Whom to write to about this server, or empty.</summary>
    public string ContactEmail { get; init; } = "";

    /// <summary>Rules, policies and the like.</summary>
    public CommunityOptions Community { get; init; } = new();

    /// <summary>Who may make an account.</summary>
    public Registrations Registrations { get; init; } = Registrations.Open;

    /// <summary>What strangers are told where they cannot join, or must ask; plain text, or empty.</summary>
    public string RegistrationsMessage { get; init; } = "";

    /// <summary>
    /// Longest post in characters as people see them, with a link counted as 23; 1 to 5,000. The default is what
    /// clients assume when a server does not say. Whatever they look like, a post's characters are made of 5,000 UTF-16
    /// code units at most: 500 emoji of eleven and more do not fit.
    /// </summary>
    public int PostCharactersMax { get; init; } = 500;

    /// <summary>How long the services get for one request before it is answered 503; above zero.</summary>
    public TimeSpan RequestTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// Memory for rendered posts and accounts, 1 MiB to 64 GiB. The default holds about 65,000 posts and 25,000
    /// accounts.
    /// </summary>
    public long FragmentCacheBytes { get; init; } = 96L << 20;

    /// <summary>
    /// How much may wait for one reader of a stream, beside the 64 KiB that the web server holds: 16 KiB to 64 MiB.
    /// Who is further behind is dropped. The default is some hundred posts.
    /// </summary>
    public int StreamQueueBytes { get; init; } = 256 << 10;

    /// <summary>Wrong passwords that one address may send in a row before it must wait, 1 to 1,000.</summary>
    public int WrongPasswordsMax { get; init; } = 10;

    /// <summary>After how long a spent attempt is given back; above zero.</summary>
    public TimeSpan WrongPasswordRefill { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How often who may ask.</summary>
    public RateLimitOptions RateLimits { get; init; } = new();

    /// <summary>
    /// Addresses of proxies that are believed when they tell for whom they ask (<c>X-Forwarded-For</c>), beside those
    /// on this machine, which always are.
    /// </summary>
    public IReadOnlyList<IPNetwork> Proxies { get; init; } = [];

    /// <summary>Roost's own version, as told in <c>/api/v2/instance</c> and <c>/nodeinfo/2.0</c>.</summary>
    public string Version { get; init; } = typeof(WebOptions).Assembly.GetName().Version?.ToString(3) ?? "0.0.0";

    /// <summary>
    /// The public host, with the port where it is not the scheme's own: the part after a name's second <c>@</c>.
    /// </summary>
    internal string Domain => PublicUrl.Authority;

    /// <summary>The public URL without the slash at its end.</summary>
    internal string Root => PublicUrl.GetLeftPart(UriPartial.Authority);

    /// <exception cref="ArgumentException">A value is outside its range; the message says which and what is
    /// allowed.</exception>
    public void Validate()
    {
        if (!PublicUrl.IsAbsoluteUri
            || (PublicUrl.Scheme != Uri.UriSchemeHttp && PublicUrl.Scheme != Uri.UriSchemeHttps))
            throw new ArgumentException($"PublicUrl is '{PublicUrl}'; give an absolute http or https URL.");
        if (PublicUrl.AbsolutePath != "/" || PublicUrl.Query.Length > 0 || PublicUrl.Fragment.Length > 0)
            throw new ArgumentException($"PublicUrl is '{PublicUrl}'; leave out path, query and fragment.");
        if (Title.Length is < 1 or > 100)
            throw new ArgumentException($"Title has {Title.Length} characters; give 1 to 100.");
        if (PostCharactersMax is < 1 or > 5_000)
            throw new ArgumentException($"PostCharactersMax is {PostCharactersMax}; give 1 to 5,000.");
        if (RequestTimeout <= TimeSpan.Zero || RequestTimeout > TimeSpan.FromHours(1))
            throw new ArgumentException(
                $"RequestTimeout is {RequestTimeout}; give more than zero and at most an hour.");
        if (FragmentCacheBytes is < 1 << 20 or > 64L << 30)
            throw new ArgumentException($"FragmentCacheBytes is {FragmentCacheBytes}; give 1 MiB to 64 GiB.");
        if (StreamQueueBytes is < 16 << 10 or > 64 << 20)
            throw new ArgumentException($"StreamQueueBytes is {StreamQueueBytes}; give 16 KiB to 64 MiB.");
        if (WrongPasswordsMax is < 1 or > 1_000)
            throw new ArgumentException($"WrongPasswordsMax is {WrongPasswordsMax}; give 1 to 1,000.");
        RateLimits.Validate();
        if (WrongPasswordRefill <= TimeSpan.Zero)
            throw new ArgumentException($"WrongPasswordRefill is {WrongPasswordRefill}; give more than zero.");
    }
}

/// <summary>Who may make an account.</summary>
public enum Registrations
{
    /// <summary>Everybody.</summary>
    Open,
    /// <summary>Who asks, and is let in by somebody who manages users.</summary>
    Approval,
    /// <summary>Nobody.</summary>
    Closed,
}
