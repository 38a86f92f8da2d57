using System.Collections.Frozen;
using System.Globalization;
using System.Text;
using Roost.Rpc;

namespace Roost.Services.Users;

/// <summary>What usernames, e-mail addresses and passwords must look like.</summary>
internal static class AccountRules
{
    public const int UsernameCharactersMax = 30;
    public const int DisplayNameCharactersMax = 200;
    private const int EmailCharactersMax = 254; // RFC 5321 §4.5.3.1.3, less the angle brackets
    private const int EmailLocalCharactersMax = 64; // RFC 5321 §4.5.3.1.1
    private const int PasswordCharactersMin = 8;
    private const int PasswordCharactersMax = 128;
    private const int ReasonCharactersMax = 1_000;

    // Names that would pass for the server itself, or that stand for pages and mailboxes of a server (RFC 2142).
    private static readonly FrozenSet<string> _reserved = FrozenSet.ToFrozenSet(
        [
            "abuse", "about", "account", "accounts", "admin", "administrator", "api", "auth", "everyone", "help",
            "here", "home", "hostmaster", "info", "instance", "mailer_daemon", "me", "mod", "moderator", "moderators",
            "news", "noc", "nobody", "nodeinfo", "null", "oauth", "official", "owner", "postmaster", "privacy",
            "public", "register", "root", "roost", "security", "server", "settings", "share", "sign_in", "sign_out",
            "sign_up", "ssl_admin", "staff", "support", "sysadmin", "system", "team", "terms", "undefined", "web",
            "webmaster",
        ], StringComparer.OrdinalIgnoreCase);

    /// <summary>What is wrong with the fields by themselves, in the order username, email, password.</summary>
    public static List<FieldError> Check(CreateAccount request)
    {
        var errors = new List<FieldError>();
        if (CheckUsername(request.Username) is { } username) errors.Add(username);
        else if (_reserved.Contains(request.Username)) errors.Add(UsernameReserved);
        if (CheckEmail(request.Email) is { } email) errors.Add(email);
        if (CheckPassword(request.Password) is { } password) errors.Add(password);
        if (CheckReason(request) is { } reason) errors.Add(reason);
        return errors;
    }

    public static FieldError UsernameTaken => Error("username", "ERR_TAKEN", "This username has already been taken");

    private static FieldError UsernameReserved => Error("username", "ERR_RESERVED", "This username is reserved");

    public static FieldError EmailTaken => Error("email", "ERR_TAKEN", "This e-mail address has already been taken");

    /// <summary>What to look a username up by. Only ASCII names exist, so folding ASCII folds all.</summary>
    public static string UsernameKey(string username) => username.ToLowerInvariant();

    /// <summary>A key that neither a username nor an e-mail address can have: of an account whose name is free
    /// again.</summary>
    public static string NoKey(long id) => string.Create(CultureInfo.InvariantCulture, $"\n{id}");

    /// <summary>Mail servers may tell cases apart in the local part (RFC 5321 §2.4); none that people use
    /// does.</summary>
    public static string EmailKey(string email) => email.Trim().ToLowerInvariant();

    public static FieldError? CheckUsername(string? username)
    {
        if (string.IsNullOrEmpty(username)) return Error("username", "ERR_BLANK", "Choose a username");
        if (username.Length > UsernameCharactersMax)
        {
            return Error("username", "ERR_TOO_LONG", $"A username has at most {UsernameCharactersMax} characters");
        }
        return username.All(c => char.IsAsciiLetterOrDigit(c) || c == '_')
            ? null
            : Error("username", "ERR_INVALID", "A username has only the letters a to z, digits and underscores");
    }

    public static FieldError? CheckPassword(string? password)
    {
        if (string.IsNullOrWhiteSpace(password)) return Error("password", "ERR_BLANK", "Choose a password");
        return password.EnumerateRunes().Count() switch
        {
            < PasswordCharactersMin =>
                Error("password", "ERR_TOO_SHORT", $"A password has at least {PasswordCharactersMin} characters"),
            > PasswordCharactersMax =>
                Error("password", "ERR_TOO_LONG", $"A password has at most {PasswordCharactersMax} characters"),
            _ => null,
        };
    }

    /// <exception cref="ServiceException"><see cref="ErrorCode.Invalid"/>: says which draft and what is wrong with
    /// it.</exception>
    public static void Check(IReadOnlyList<AccountDraft> drafts)
    {
        for (var i = 0; i < drafts.Count; i++)
        {
            var draft = drafts[i];
            if (CheckUsername(draft.Username) is { } error)
            {
                throw Wrong($"'{Shorten(draft.Username)}' cannot be a username: {error.Description}");
            }
            if (draft.DisplayName is null || draft.DisplayName.Length > DisplayNameCharactersMax)
            {
                throw Wrong($"a display name has 0 to {DisplayNameCharactersMax} characters");
            }

            ServiceException Wrong(string what) =>
                new(ErrorCode.Invalid, $"Account {i + 1} of {drafts.Count} cannot be imported: {what}. Nothing was "
                    + "imported.");
        }
    }

    private static FieldError? CheckReason(CreateAccount request)
    {
        if (request.Reason is { } reason && reason.EnumerateRunes().Count() > ReasonCharactersMax)
            return Error("reason", "ERR_TOO_LONG", $"A reason has at most {ReasonCharactersMax} characters");
        return request.NeedsApproval && string.IsNullOrWhiteSpace(request.Reason)
            ? Error("reason", "ERR_BLANK", "Say why you want to join")
            : null;
    }

    // Only what cannot be an address is refused; whether it is one only a mail to it can tell.
    public static FieldError? CheckEmail(string? email)
    {
        if (string.IsNullOrWhiteSpace(email)) return Error("email", "ERR_BLANK", "Enter an e-mail address");
        email = email.Trim();
        if (email.Length > EmailCharactersMax) return Error("email", "ERR_TOO_LONG", "This e-mail address is too long");
        var at = email.IndexOf('@');
        var plausible = at is > 0 and <= EmailLocalCharactersMax
            && email.IndexOf('@', at + 1) < 0
            && !email.Any(c => char.IsWhiteSpace(c) || char.IsControl(c) || c is '<' or '>' or ',' or ';' or '"')
            && IsDomain(email.AsSpan(at + 1));
        return plausible ? null : Error("email", "ERR_INVALID", "This is not an e-mail address");
    }

    public static bool IsDomain(ReadOnlySpan<char> domain)
    {
        foreach (var range in domain.Split('.'))
        {
            var label = domain[range];
            if (label.Length is 0 or > 63 || label[0] == '-' || label[^1] == '-') return false;
            foreach (var rune in label.EnumerateRunes())
            {
                if (!Rune.IsLetterOrDigit(rune) && rune.Value != '-') return false;
            }
        }
        return true;
    }

    private static string Shorten(string? text) => text is null ? "" : text.Length <= 40 ? text : text[..40] + "…";

    private static FieldError Error(string field, string code, string description) => new(field, code, description);
}
