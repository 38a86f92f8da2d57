using Microsoft.AspNetCore.Http;
using Roost.Rpc;
using Roost.Services.Users;
using Roost.Web.Accounts;
using Roost.Web.Http;
using Roost.Web.Sessions;

namespace Roost.Web.Pages;

/// <summary><c>GET /settings</c>: the person's own account; its forms change profile and choices.
/// What needs the password is in <see cref="OwnAccountForms"/>.</summary>
internal static class SettingsForms
{
    private const string Path = "/settings";

    public static void Map(PageRoutes routes)
    {
        routes.Get(Path, call => call.AsksToSignIn() ? Task.CompletedTask : ShowAsync(call, call.SignedIn()));
        routes.Post(Path + "/profile", ChangeProfileAsync, pictures: 2);
        routes.Post(Path + "/reading", ChangeReadingAsync);
        routes.Post(Path + "/sessions", EndSessionAsync);
    }

    /// <param name="said">What became of one of its forms.</param>
    /// <param name="email">The address that was typed; null for the one that there is.</param>
    public static async Task ShowAsync(
        PageCall call, Account account, FormWord? said = null, int status = StatusCodes.Status200OK,
        string? email = null)
    {
        said ??= call.Http.Request.Query["done"].ToString() switch
        {
            "reading" => new FormWord("reading", call.T("Your choices are kept.")),
            "password" => new FormWord("password", call.T("Your password is changed.")),
            _ => null,
        };
        var record = (await call.Services.Moderation.Look(new LookAtAccounts([account.Id]), call.Rpc))[0];
        var sessions = await call.Services.Moderation.Sessions(new ListSessions(account.Id), call.Rpc);
        var frame = call.Frame(call.T("Settings")) with { Here = Path };
        await call.ShowAsync<SettingsPage>(new SettingsModel(frame, account, sessions, said)
        {
            Email = email ?? record?.Email,
        }, status);
    }

    /// <summary>What a service refuses, in one of the page's forms.</summary>
    public static Task RefuseAsync(
        PageCall call, Account account, string form, ServiceException refusal, string? email = null) => ShowAsync(
            call, account,
            new FormWord(form, call.T("Not changed.") + " " + call.InWords(refusal), IsProblem: true),
            ErrorReplies.StatusOf(refusal.Code), email);

    private static async Task EndSessionAsync(PageCall call, Parameters form)
    {
        var account = call.SignedIn();
        var spared = BrowserSession.SecretOf(call.Http.Request, call.Options);
        var id = form.Text("id") is { Length: > 0 } one ? one : null;
        var ended = await call.Services.Moderation.EndSession(new EndSession(account.Id, id, spared), call.Rpc);
        if (await BrowserSession.FindAsync(call.Site, call.Http.Request, call.Rpc) is null)
            call.GoTo("/");
        else
        {
            var done = ended ? call.T("Signed out there.") : call.T("That had ended already.");
            await ShowAsync(call, account, new FormWord("sessions", done));
        }
    }

    private static async Task ChangeProfileAsync(PageCall call, Parameters form)
    {
        var old = call.SignedIn();
        try
        {
            var account = await ProfileForm.ApplyAsync(
                call.Site, call.Http, form, old, call.Rpc,
                (form.Flag("remove_avatar") is true, form.Flag("remove_header") is true));
            await ShowAsync(call, account, new FormWord("profile", call.T("Your profile is changed.")));
        }
        catch (ServiceException refusal) when (refusal.Code == ErrorCode.Invalid)
        {
            await RefuseAsync(call, Typed(old, form), "profile", refusal);
        }
    }

    /// <summary>The account as the form has it, to be shown again.</summary>
    private static Account Typed(Account old, Parameters form)
    {
        var profile = old.Profile;
        return old with
        {
            DisplayName = form.Text("display_name") ?? old.DisplayName,
            Note = form.Text("note") ?? old.Note,
            Locked = form.Flag("locked") ?? old.Locked,
            Bot = form.Flag("bot") ?? old.Bot,
            Profile = profile with
            {
                Fields = ProfileForm.FieldsOf(form) ?? profile.Fields,
                Discoverable = form.Flag("discoverable") ?? profile.Discoverable,
                Indexable = form.Flag("indexable") ?? profile.Indexable,
                HidesCollections = form.Flag("hide_collections") ?? profile.HidesCollections,
                Avatar = profile.Avatar is { } avatar
                    ? avatar with { Description = form.Text("avatar_description") ?? avatar.Description }
                    : null,
                Header = profile.Header is { } header
                    ? header with { Description = form.Text("header_description") ?? header.Description }
                    : null,
                Posting = profile.Posting with
                {
                    Privacy = form.Text("source[privacy]") ?? profile.Posting.Privacy,
                    Language = form.Text("source[language]") is { } language
                        ? language.Length > 0 ? language : null
                        : profile.Posting.Language,
                    Sensitive = form.Flag("source[sensitive]") ?? profile.Posting.Sensitive,
                },
            },
        };
    }

    private static async Task ChangeReadingAsync(PageCall call, Parameters form)
    {
        var old = call.SignedIn();
        var reading = new ReadingDefaults(
            form.Text("expand_media") ?? "default", form.Flag("expand_spoilers") is true,
            form.Flag("autoplay_gifs") is true, form.Text("pages_language") is { Length: > 0 } code ? code : null);
        var change = new ChangeAccount(old.Id, Profile: new ProfileChange { Reading = reading });
        await call.Services.Users.Change(change, call.Rpc);
        // The next page speaks the language that was chosen.
        call.GoTo(Path + "?done=reading#reading");
    }
}
