using System.CommandLine;
using Roost.Rpc;
using Roost.Services.Users;

namespace Roost.Cli;

/// <summary>The verbs of <c>roost accounts</c> that make an account or change how one stands.</summary>
internal static class AccountChanges
{
    public static IEnumerable<Command> All =>
    [
        CreateOne(), Modify(), Show(),
        Changing("approve", "Let an account in that has asked to join.", Approved, "is let in", undo: null),
        Reject(),
        Changing("suspend", "Hide an account and all that it has posted, and end all that is signed in to it.",
            account => new ChangeStanding(account.Id, Standing.Suspended), "is suspended",
            account => new ChangeStanding(account.Id, Standing.Active)),
        Changing("disable", "Let nobody sign in to an account; what it has posted stays.",
            account => new ChangeStanding(account.Id, Standing.Disabled), "is disabled",
            account => new ChangeStanding(account.Id, Standing.Active)),
        Changing("silence", "Show an account in public places to its followers only.",
            account => new ChangeStanding(account.Id, Silenced: true), "is silenced",
            account => new ChangeStanding(account.Id, Silenced: false)),
    ];

    /// <returns>One of <see cref="ExitCode"/>.</returns>
    internal static async Task<int> CreateAsync(
        NewAccountOptions options, PasswordPrompt prompt, TextWriter output, CancellationToken ct)
    {
        await using var accounts = AccountsDirectory.Open(options.Directory, create: true);
        var password = await prompt.ReadAsync($"Password of {options.Name}", ct);
        var made = await accounts.Users.Create(
            new CreateAccount(options.Name, options.Email, password), Call.Until(ct));
        if (made.Account is not { } account)
            throw Refusal(string.Join(' ', made.Errors.Select(error => error.Description.TrimEnd('.') + ".")));
        if (options.Role is { } role)
        {
            account = await accounts.Moderation.Change(
                new ChangeStanding(account.Id, Role: RoleOf(role)), Call.Until(ct)) ?? account;
        }
        await output.WriteLineAsync($"{account.Username} is account {account.Id}, {Words(account.Role)}.");
        return ExitCode.Done;
    }

    /// <returns>One of <see cref="ExitCode"/>.</returns>
    internal static async Task<int> ModifyAsync(
        string name, string directory, string? role, string? email, TextWriter output, CancellationToken ct)
    {
        if (role is null && email is null) throw Refusal("Nothing is to be changed: give --role or --email.");
        await using var accounts = AccountsDirectory.Open(directory);
        var account = (await accounts.FindAsync(name, ct)).Account;
        if (email is not null
            && !await accounts.Moderation.ChangeEmail(new ChangeEmail(account.Id, email), Call.Until(ct)))
            throw Refusal($"Nobody can sign in to {account.Username} yet: give it a password first.");
        if (role is not null)
        {
            await accounts.Moderation.Change(new ChangeStanding(account.Id, Role: RoleOf(role)), Call.Until(ct));
            await output.WriteLineAsync($"{account.Username} is {Words(RoleOf(role))} now.");
        }
        if (email is not null) await output.WriteLineAsync($"{account.Username} has the address {email} now.");
        return ExitCode.Done;
    }

    /// <returns>One of <see cref="ExitCode"/>.</returns>
    internal static async Task<int> ShowAsync(string name, string directory, TextWriter output, CancellationToken ct)
    {
        await using var accounts = AccountsDirectory.Open(directory);
        var record = await accounts.FindAsync(name, ct);
        var account = record.Account;
        await output.WriteLineAsync($"{account.Username} (account {account.Id})");
        await LineAsync("name", account.DisplayName);
        await LineAsync("standing", Words(account));
        await LineAsync("role", Words(account.Role));
        await LineAsync("e-mail", record.Email);
        await LineAsync("since", account.CreatedAt.ToString("yyyy-MM-dd", null));
        await LineAsync("joined from", record.Ip);
        await LineAsync("because", record.Reason);
        foreach (var session in await accounts.Moderation.Sessions(new ListSessions(account.Id), Call.Until(ct)))
        {
            var (app, ip) = (session.AppName ?? "a browser", session.Ip ?? "nobody knows where");
            await LineAsync("signed in", $"{app} since {session.Since:yyyy-MM-dd} from {ip}");
        }
        return ExitCode.Done;

        async Task LineAsync(string what, string? value)
        {
            if (!string.IsNullOrEmpty(value)) await output.WriteLineAsync($"  {what,-12}{value}");
        }
    }

    internal static string Words(Account account)
    {
        var words = account.Standing.ToString().ToLowerInvariant();
        if (account.IsSilenced) words += ", silenced";
        return account.IsSensitized ? words + ", sensitized" : words;
    }

    private static Command CreateOne()
    {
        var name = Name();
        var data = DataOption.Create();
        var email = new Option<string>("--email")
        {
            Description = "Where to write to them.",
            HelpName = "ADDRESS",
            Required = true,
        };
        var role = RoleOption();
        var command = new Command(
            "create",
            "Make an account; the first of a directory is its owner. The password is asked for, or is the first line "
            + "of standard input. Example: roost accounts create ann --email ann@example.org --data my-community")
        {
            name, email, role, data,
        };
        command.Run((parsed, ct) => CreateAsync(
            new NewAccountOptions(
                parsed.GetRequiredValue(name), parsed.GetRequiredValue(email), parsed.GetValue(role),
                parsed.GetRequiredValue(data)),
            PasswordPrompt.OfConsole(parsed.InvocationConfiguration.Error), parsed.InvocationConfiguration.Output, ct));
        return command;
    }

    private static Command Modify()
    {
        var name = Name();
        var data = DataOption.Create();
        var role = RoleOption();
        var email = new Option<string?>("--email") { Description = "Its new e-mail address.", HelpName = "ADDRESS" };
        var command = new Command(
            "modify", "Change an account's role or address. Example: roost accounts modify ann --role owner")
        {
            name, role, email, data,
        };
        command.Run((parsed, ct) => ModifyAsync(
            parsed.GetRequiredValue(name), parsed.GetRequiredValue(data), parsed.GetValue(role), parsed.GetValue(email),
            parsed.InvocationConfiguration.Output, ct));
        return command;
    }

    private static Command Show()
    {
        var name = Name();
        var data = DataOption.Create();
        var command = new Command(
            "show", "Tell all that is known of an account. Example: roost accounts show ann") { name, data };
        command.Run((parsed, ct) => ShowAsync(
            parsed.GetRequiredValue(name), parsed.GetRequiredValue(data), parsed.InvocationConfiguration.Output, ct));
        return command;
    }

    private static Command Reject()
    {
        var name = Name();
        var data = DataOption.Create();
        var command = new Command(
            "reject", "Refuse an account that has asked to join, and forget its address and password. Example: roost "
                + "accounts reject spam")
        {
            name, data,
        };
        command.Run((parsed, ct) => RejectAsync(
            parsed.GetRequiredValue(name), parsed.GetRequiredValue(data), parsed.InvocationConfiguration.Output, ct));
        return command;
    }

    /// <returns>One of <see cref="ExitCode"/>.</returns>
    internal static async Task<int> RejectAsync(string name, string directory, TextWriter output, CancellationToken ct)
    {
        await using var accounts = AccountsDirectory.Open(directory);
        var account = (await accounts.FindAsync(name, ct)).Account;
        if (account.Standing != Standing.Pending)
            throw Refusal($"{account.Username} has not asked to join, or has been answered.");
        await accounts.Moderation.Erase(new EraseAccount(account.Id), Call.Until(ct));
        await output.WriteLineAsync($"{account.Username} (account {account.Id}) is rejected.");
        return ExitCode.Done;
    }

    private static Command Changing(
        string verb, string what, Func<Account, ChangeStanding> change, string done,
        Func<Account, ChangeStanding>? undo)
    {
        var name = Name();
        var data = DataOption.Create();
        var command = new Command(verb, $"{what} Example: roost accounts {verb} ann") { name, data };
        var back = new Option<bool>("--undo") { Description = "Take it back." };
        if (undo is not null) command.Add(back);
        command.Run(async (parsed, ct) =>
        {
            var isBack = undo is not null && parsed.GetValue(back);
            await using var accounts = AccountsDirectory.Open(parsed.GetRequiredValue(data));
            return await ChangeAsync(
                accounts, parsed.GetRequiredValue(name), isBack ? undo! : change, isBack ? $"{done} no more" : done,
                parsed.InvocationConfiguration.Output, ct);
        });
        return command;
    }

    internal static async Task<int> ChangeAsync(
        AccountsDirectory accounts, string name, Func<Account, ChangeStanding> change, string done, TextWriter output,
        CancellationToken ct)
    {
        var account = (await accounts.FindAsync(name, ct)).Account;
        await accounts.Moderation.Change(change(account), Call.Until(ct));
        await output.WriteLineAsync($"{account.Username} (account {account.Id}) {done}.");
        return ExitCode.Done;
    }

    private static ChangeStanding Approved(Account account) => account.Standing == Standing.Pending
        ? new ChangeStanding(account.Id, Standing.Active)
        : throw Refusal($"{account.Username} has not asked to join, or has been answered.");

    private static Argument<string> Name() => new("NAME") { Description = "The account's username." };

    private static Option<string?> RoleOption()
    {
        var role = new Option<string?>("--role")
        {
            Description = "What it may do: user, moderator, admin or owner.",
            HelpName = "ROLE",
        };
        role.AcceptOnlyFromAmong("user", "moderator", "admin", "owner");
        return role;
    }

    private static AccountRole RoleOf(string name) => Enum.Parse<AccountRole>(name, ignoreCase: true);

    private static string Words(AccountRole role) => role switch
    {
        AccountRole.Owner => "an owner",
        AccountRole.Admin => "an admin",
        AccountRole.Moderator => "a moderator",
        _ => "a user",
    };

    private static ServiceException Refusal(string message) => new(ErrorCode.Invalid, message);
}

internal sealed record NewAccountOptions(string Name, string Email, string? Role, string Directory);
