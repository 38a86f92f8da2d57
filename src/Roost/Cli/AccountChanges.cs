using System.CommandLine;
using Roost.Rpc;
using Roost.Services.Users;

namespace Roost.Cli;

/// <summary>The verbs of <c>roost accounts</c> that make an account or change how one stands.</summary>
internal static class AccountChanges
{
    public static IEnumerable<Command> All =>
    [
        CreateOne(), Modify(), Show(), AccountWarnings.Create(),
        Changing("approve", "Let an account in that has asked to join.", Approved, "is let in", undo: null),
        Reject(),
        Changing("suspend", "Hide an account and all that it has posted, and end all that is signed in to it.",
            account => new ChangeStanding(account.Id, Suspended: true), "is suspended",
            account => new ChangeStanding(account.Id, Suspended: false)),
        Changing("disable", "Let nobody sign in to an account; what it has posted stays.",
            account => new ChangeStanding(account.Id, Disabled: true), "is disabled",
            account => new ChangeStanding(account.Id, Disabled: false)),
        Changing("silence", "Show an account in public places to its followers only.",
            account => new ChangeStanding(account.Id, Silenced: true), "is silenced",
            account => new ChangeStanding(account.Id, Silenced: false)),
    ];

    internal static async Task CreateAsync(
        CommandSession session, string name, string email, string? role, CancellationToken ct)
    {
        var password = await session.Talk.AskPasswordAsync($"Password of {name}", ct);
        var made = await session.Data.Users.Create(new CreateAccount(name, email, password), Call.Until(ct));
        if (made.Account is not { } account)
            throw Refusal(string.Join(' ', made.Errors.Select(error => error.Description.TrimEnd('.') + ".")));
        if (role is not null)
        {
            account = await session.Data.Moderation.Change(
                new ChangeStanding(account.Id, Role: RoleOf(role)), Call.Until(ct)) ?? account;
        }
        await session.NoteAsync("create account", account.Username, ct);
        await session.Output.WriteLineAsync(
            $"{account.Username} is account {account.Id}, {Words(account.Role)}.");
    }

    internal static async Task ModifyAsync(
        CommandSession session, string name, string? role, string? email, CancellationToken ct)
    {
        if (role is null && email is null) throw Refusal("Nothing is to be changed: give --role or --email.");
        var (data, output) = (session.Data, session.Output);
        var account = (await data.FindAccountAsync(name, ct)).Account;
        if (email is not null
            && !await data.Moderation.ChangeEmail(new ChangeEmail(account.Id, email), Call.Until(ct)))
            throw Refusal($"Nobody can sign in to {account.Username} yet: give it a password first.");
        if (role is not null)
        {
            await data.Moderation.Change(new ChangeStanding(account.Id, Role: RoleOf(role)), Call.Until(ct));
            await session.NoteAsync($"make {role} account", account.Username, ct);
            await output.WriteLineAsync($"{account.Username} is {Words(RoleOf(role))} now.");
        }
        if (email is null) return;
        await session.NoteAsync("change email of account", account.Username, ct);
        await output.WriteLineAsync($"{account.Username} has the address {email} now.");
    }

    internal static async Task ShowAsync(CommandSession session, string name, CancellationToken ct)
    {
        var (data, output) = (session.Data, session.Output);
        var record = await data.FindAccountAsync(name, ct);
        var account = record.Account;
        await output.WriteLineAsync($"{account.Username} (account {account.Id})");
        await LineAsync("name", account.DisplayName);
        await LineAsync("standing", Words(account));
        await LineAsync("role", Words(account.Role));
        await LineAsync("e-mail", record.Email);
        await LineAsync("since", account.CreatedAt.ToString("yyyy-MM-dd", null));
        await LineAsync("joined from", record.Ip);
        await LineAsync("because", record.Reason);
        foreach (var open in await data.Moderation.Sessions(new ListSessions(account.Id), Call.Until(ct)))
        {
            var (app, ip) = (open.AppName ?? "a browser", open.Ip ?? "nobody knows where");
            await LineAsync("signed in", $"{app} since {open.Since:yyyy-MM-dd} from {ip}");
        }

        async Task LineAsync(string what, string? value)
        {
            if (!string.IsNullOrEmpty(value)) await output.WriteLineAsync($"  {what,-12}{value}");
        }
    }

    internal static string Words(Account account)
    {
        var words = account.Standing.ToString().ToLowerInvariant();
        if (account.IsDisabled && account.Standing != Standing.Disabled) words += ", disabled";
        if (account.IsSilenced) words += ", silenced";
        return account.IsSensitized ? words + ", sensitized" : words;
    }

    private static Command CreateOne()
    {
        var name = Name();
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
            name, email, role,
        };
        command.RunOnData(
            (parsed, session, ct) => CreateAsync(
                session, parsed.GetRequiredValue(name), parsed.GetRequiredValue(email), parsed.GetValue(role), ct),
            create: true);
        return command;
    }

    private static Command Modify()
    {
        var name = Name();
        var role = RoleOption();
        var email = new Option<string?>("--email") { Description = "Its new e-mail address.", HelpName = "ADDRESS" };
        var command = new Command(
            "modify", "Change an account's role or address. Example: roost accounts modify ann --role owner")
        {
            name, role, email,
        };
        command.RunOnData((parsed, session, ct) => ModifyAsync(
            session, parsed.GetRequiredValue(name), parsed.GetValue(role), parsed.GetValue(email), ct));
        return command;
    }

    private static Command Show()
    {
        var name = Name();
        var command = new Command(
            "show", "Tell all that is known of an account. Example: roost accounts show ann") { name };
        command.RunOnData((parsed, session, ct) => ShowAsync(session, parsed.GetRequiredValue(name), ct));
        return command;
    }

    private static Command Reject()
    {
        var name = Name();
        var command = new Command(
            "reject", "Refuse an account that has asked to join, and forget its address and password. Example: roost "
                + "accounts reject spam")
        {
            name,
        };
        command.RunOnData((parsed, session, ct) => RejectAsync(session, parsed.GetRequiredValue(name), ct));
        return command;
    }

    internal static async Task RejectAsync(CommandSession session, string name, CancellationToken ct)
    {
        var account = (await session.Data.FindAccountAsync(name, ct)).Account;
        if (!account.IsWaiting)
            throw Refusal($"{account.Username} has not asked to join, or has been answered.");
        await session.Data.Moderation.Erase(new EraseAccount(account.Id), Call.Until(ct));
        await session.NoteAsync("reject account", account.Username, ct);
        await session.Output.WriteLineAsync($"{account.Username} (account {account.Id}) is rejected.");
    }

    private static Command Changing(
        string verb, string what, Func<Account, ChangeStanding> change, string done,
        Func<Account, ChangeStanding>? undo)
    {
        var name = Name();
        var command = new Command(verb, $"{what} Example: roost accounts {verb} ann") { name };
        var back = new Option<bool>("--undo") { Description = "Take it back." };
        var text = AccountWarnings.TextOption();
        if (undo is not null)
        {
            command.Add(back);
            command.Add(text);
        }
        command.RunOnData(async (parsed, session, ct) =>
        {
            var isBack = undo is not null && parsed.GetValue(back);
            var words = undo is null ? null : parsed.GetValue(text);
            if (isBack && words is not null) throw Refusal("--text goes with what is done, not with --undo.");
            if (words is not null) AccountWarnings.Require(verb, words);
            var who = parsed.GetRequiredValue(name);
            await ChangeAsync(
                session, who, isBack ? undo! : change, isBack ? $"{done} no more" : done,
                isBack ? $"undo {verb}" : verb, ct);
            if (words is not null) await AccountWarnings.WarnAsync(session, who, verb, words, ct);
        });
        return command;
    }

    internal static async Task ChangeAsync(
        CommandSession session, string name, Func<Account, ChangeStanding> change, string done, string verb,
        CancellationToken ct)
    {
        var account = (await session.Data.FindAccountAsync(name, ct)).Account;
        await session.Data.Moderation.Change(change(account), Call.Until(ct));
        await session.NoteAsync($"{verb} account", account.Username, ct);
        await session.Output.WriteLineAsync($"{account.Username} (account {account.Id}) {done}.");
    }

    private static ChangeStanding Approved(Account account) => account.IsWaiting
        ? new ChangeStanding(account.Id, Waiting: false)
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
