namespace Roost.Web.Notifications;

/// <summary>What those who look after the community have done, said to whom they did it.</summary>
internal static class WarningWords
{
    private const string Warned = "The moderators have a word for you.";
    private const string Sensitive = "The moderators have decided that all media you post are marked as sensitive.";
    private const string Disabled = "The moderators had disabled your account.";
    private const string Silenced = "The moderators have decided that only your followers see you in public places.";
    private const string Suspended = "The moderators had suspended your account.";

    /// <summary>All that can be said.</summary>
    public static IReadOnlyList<string> All { get; } = [Warned, Sensitive, Disabled, Silenced, Suspended];

    /// <summary>In English, by which other languages are looked up.</summary>
    /// <param name="action">Of an <see cref="Roost.Services.Community.AccountWarning"/>.</param>
    public static string Of(string action) => action switch
    {
        "sensitive" => Sensitive,
        "disable" => Disabled,
        "silence" => Silenced,
        "suspend" => Suspended,
        _ => Warned,
    };
}
