using Roost.Services.Community;
using Roost.Web.Http;

namespace Roost.Web.Pages.Ops;

/// <summary>What a form of those who look after the community says is to be done.</summary>
/// <param name="Id">Of the report or the account that it is about.</param>
/// <param name="Type">As in <see cref="WarnAccount"/>, or <see cref="Nothing"/>.</param>
/// <param name="Text">The words to the account; may be empty.</param>
public sealed record GivenAction(long Id, string Type, string Text)
{
    /// <summary>No action, no words.</summary>
    public const string Nothing = "nothing";

    /// <summary>No action but words.</summary>
    public const string Tell = "none";

    /// <param name="otherwise">What is meant where the form does not say it.</param>
    internal static GivenAction Of(PageCall call, Parameters form, string otherwise) => new(
        ShowOps.IdIn(call), form.Text("type") is { Length: > 0 } type ? type : otherwise,
        (form.Text("text") ?? "").Trim());

    /// <exception cref="Rpc.ServiceException"><see cref="Rpc.ErrorCode.Invalid"/>: words without an action that tells
    /// them, or the other way round.</exception>
    internal void Require()
    {
        if (Type == Tell && Text.Length == 0) throw Faults.Invalid("Write the words that they shall be told.");
        if (Type == Nothing && Text.Length > 0)
        {
            throw Faults.Invalid(
                "Nothing is done, so nobody is told these words. Take them away, or choose to tell them.");
        }
    }

    /// <summary>What was done, in words; null for what nobody did.</summary>
    /// <param name="done">A type, or a verb of <see cref="Moderation.AccountActions.Verbs"/>.</param>
    internal static string? InWords(PageCall call, string done) => done switch
    {
        Nothing => call.T("The report is answered."),
        Tell => call.T("They are told."),
        "sensitive" => call.T("Their media are behind a warning now, and they are told."),
        "silence" => call.T("They are shown to their followers only now, and are told."),
        "disable" => call.T("They cannot sign in any more, and are told."),
        "suspend" => call.T("They are suspended now, and are told."),
        "approve" => call.T("They are let in."),
        "reject" => call.T("They are not let in."),
        "enable" => call.T("They can sign in again."),
        "unsuspend" => call.T("They are not suspended any more."),
        "unsilence" => call.T("They are shown to everybody again."),
        "unsensitive" => call.T("Their media are shown again."),
        _ => null,
    };
}
