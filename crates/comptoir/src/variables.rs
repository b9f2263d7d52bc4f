//! Settings that contexts read from the environment by themselves, as `--help` tells of them. That
//! none is left out is seen by `tests/it/settings.rs`.

/// The end of `--help`.
pub const HELP: &str = "Start here:  comptoir serve --demo

Every setting above can be given as a flag, as an environment variable, or in a TOML file
(--config), save secrets, which have no flag. What follows is read from the environment only;
where it says (or file), NAME_FILE may name a file that holds it.

Where the shop is reached:
  COMPTOIR_PUBLIC_URL              from outside [default: http:// and where it listens]

Payments:
  COMPTOIR_PAYMENT_SUCCESS_URL     where buyers come back to after paying [default: public URL]
  COMPTOIR_PAYMENT_CANCEL_URL      and after giving up [default: public URL]
  COMPTOIR_PAYMENT_ROUTES          METHOD=PROVIDER or METHOD/CURRENCY=PROVIDER, comma-separated
  COMPTOIR_CAPTURE_AT_ONCE         on: take money when it is set aside [default: off]
  COMPTOIR_SANDBOX                 pay without money, on or off [default: on, off in production]
  COMPTOIR_SANDBOX_SWITCHES        slow, redirect, answer-lost, failing-capture, comma-separated
  COMPTOIR_STRIPE_SECRET_KEY       of an account at Stripe (or file)
  COMPTOIR_STRIPE_WEBHOOK_SECRET   what its webhooks are signed with (or file)
  COMPTOIR_STRIPE_TEST_CARD        a card of the test mode that pays every order
  COMPTOIR_STRIPE_URL              a stand-in [default: https://api.stripe.com]
  COMPTOIR_PAYFAST_MERCHANT_ID     of an account at PayFast (or file)
  COMPTOIR_PAYFAST_MERCHANT_KEY    (or file)
  COMPTOIR_PAYFAST_PASSPHRASE      (or file)
  COMPTOIR_PAYFAST_URL             [default: https://www.payfast.co.za]
  COMPTOIR_PAYFAST_SOURCES         where its notices come from [default: PayFast's own]

Notifications:
  COMPTOIR_MAIL                    file, smtp or off [default: off, file in development]
  COMPTOIR_SMTP_URL                smtps://user:password@mail.example (or file)
  COMPTOIR_MAIL_FROM               Shop <orders@shop.example>
  COMPTOIR_SMS                     log, twilio or off [default: off, log in development]
  COMPTOIR_TWILIO_ACCOUNT_SID      of an account at Twilio
  COMPTOIR_TWILIO_AUTH_TOKEN       (or file)
  COMPTOIR_TWILIO_FROM             the number or messaging service that texts come from
  COMPTOIR_TWILIO_URL              a stand-in [default: https://api.twilio.com]
  COMPTOIR_LANGUAGE                en or fr, for whoever says nothing else [default: en]
  COMPTOIR_QUIET_HOURS             21:00-08:00: text messages and mail that is no part of a sale
                                   wait until they are over [default: none]
  COMPTOIR_TIME_ZONE               of quiet hours: America/Toronto where this machine knows it,
                                   -05:00 or EST5EDT,M3.2.0,M11.1.0 [default: UTC]

Webhooks:
  COMPTOIR_WEBHOOK_PAUSE_AFTER_DAYS  an endpoint that fails for so long is paused [default: 5]
  COMPTOIR_WEBHOOK_ALLOW_LOOPBACK    on: to this machine too; not in production [default: off]";
