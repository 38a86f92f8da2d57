using Roost.Engine.Ids;
using Roost.Services.Posts;

namespace Roost.Web.Rendering;

/// <summary>Writes what the Status entity tells about quotes, but for the quoted posts themselves.</summary>
internal static class QuoteJson
{
    /// <summary>Of a post that quotes nothing, that nobody quotes, and that everybody may quote: as nearly all are.
    /// <b>Hot path.</b></summary>
    public static void WriteUsual(Utf8Buffer to, AccountId viewer) => to.Write(viewer.IsNone
        ? """
            ,"quotes_count":0,"quote_approval":{"automatic":["public"],"manual":[],"current_user":"denied"},"quote":null
            """u8
        : """
            ,"quotes_count":0,"quote_approval":{"automatic":["public"],"manual":[],"current_user":"automatic"}
            """u8 + ",\"quote\":null"u8);

    /// <summary>What is said of a boost: as of the post within, apart from what quotes that and what it quotes.
    /// </summary>
    public static void WriteOfBoost(Utf8Buffer to, QuoteFacts? within, AccountId author, AccountId viewer)
    {
        if (within is null)
        {
            WriteUsual(to, viewer);
            return;
        }
        WriteApproval(to, within, count: 0, author, viewer);
        to.Write("null"u8);
    }

    /// <summary>How many quote a post, and who may; up to the name of what it quotes itself.</summary>
    public static void WriteApproval(Utf8Buffer to, QuoteFacts facts, int count, AccountId author, AccountId viewer)
    {
        to.Write(",\"quotes_count\":"u8);
        to.WriteNumber(count);
        to.Write(facts.Policy switch
        {
            QuotePolicy.Everybody => ",\"quote_approval\":{\"automatic\":[\"public\"],\"manual\":[]"u8,
            QuotePolicy.Followers => ",\"quote_approval\":{\"automatic\":[\"followers\"],\"manual\":[]"u8,
            _ => ",\"quote_approval\":{\"automatic\":[],\"manual\":[]"u8,
        });
        to.Write(facts.AllowsQuoteBy(viewer, author)
            ? ",\"current_user\":\"automatic\"},\"quote\":"u8
            : ",\"current_user\":\"denied\"},\"quote\":"u8);
    }

    /// <summary>The Quote entity up to the value of <c>quoted_status</c>.</summary>
    public static void WriteOpen(Utf8Buffer to, Quote quote)
    {
        to.Write("{\"state\":\""u8);
        to.Write(NameOf(quote.State));
        to.Write("\",\"quoted_status\":"u8);
    }

    /// <summary>The ShallowQuote entity; <c>null</c> for none.</summary>
    public static void WriteShallow(Utf8Buffer to, Quote? quote)
    {
        if (quote is null)
        {
            to.Write("null"u8);
            return;
        }
        to.Write("{\"state\":\""u8);
        to.Write(NameOf(quote.State));
        to.Write("\",\"quoted_status_id\":"u8);
        if (!quote.IsShown)
        {
            to.Write("null}"u8);
            return;
        }
        to.Write("\""u8);
        to.WriteNumber(quote.Quoted.Id.Value);
        to.Write("\"}"u8);
    }

    private static ReadOnlySpan<byte> NameOf(QuoteState state) => state switch
    {
        QuoteState.Accepted => "accepted"u8,
        QuoteState.Revoked => "revoked"u8,
        QuoteState.Deleted => "deleted"u8,
        QuoteState.BlockedAccount => "blocked_account"u8,
        QuoteState.MutedAccount => "muted_account"u8,
        _ => "unauthorized"u8,
    };
}
